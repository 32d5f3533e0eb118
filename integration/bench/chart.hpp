// SPDX-License-Identifier: Apache-2.0
// A curve as an SVG file: measured points, joined by lines, on a light ground.
#pragma once

#include <string>
#include <vector>

namespace jailrun::integration::bench {

struct Line {
  std::string name;
  std::vector<double> x;
  std::vector<double> y;
};

struct Chart {
  std::string title;
  std::string x_label;
  std::string y_label;
  bool is_logarithmic = false;  // the x axis
  std::vector<Line> lines{};
};

// Both axes begin at 0, so that a line that looks flat is flat; a logarithmic x axis at 1.
std::string svg(const Chart& chart);
// Nothing where no directory is given.
void draw(const std::string& directory, const std::string& name, const Chart& chart);

}  // namespace jailrun::integration::bench
