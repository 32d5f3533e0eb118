// SPDX-License-Identifier: Apache-2.0
#include "integration/bench/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace jailrun::integration::bench {

double quantile(std::vector<double> series, double share) {
  if (series.empty()) return 0;
  std::sort(series.begin(), series.end());
  // Between two neighbours in proportion, so that the median of an even number is their mean.
  const double position = share * static_cast<double>(series.size() - 1);
  const auto below = static_cast<size_t>(std::floor(position));
  const size_t above = std::min(below + 1, series.size() - 1);
  return series[below] + (series[above] - series[below]) * (position - std::floor(position));
}

}  // namespace jailrun::integration::bench
