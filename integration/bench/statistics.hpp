// SPDX-License-Identifier: Apache-2.0
// What is said of a series of measurements.
#pragma once

#include <vector>

namespace jailrun::integration::bench {

// The value below which that share of the series lies; 0 for an empty one.
double quantile(std::vector<double> series, double share);
inline double median(const std::vector<double>& series) { return quantile(series, 0.5); }

}  // namespace jailrun::integration::bench
