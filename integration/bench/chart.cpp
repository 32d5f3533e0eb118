// SPDX-License-Identifier: Apache-2.0
#include "integration/bench/chart.hpp"

#include "integration/bench/report.hpp"
#include "integration/support/files.hpp"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <filesystem>

namespace jailrun::integration::bench {
namespace {

constexpr double kWidth = 720;
constexpr double kHeight = 400;
constexpr double kLeft = 70;
constexpr double kRight = 190;  // the lines' names stand there
constexpr double kTop = 44;
constexpr double kBottom = 66;
constexpr const char* kColours[] = {"#0b5cad", "#c2410c", "#3f7d20", "#7a3e9d"};
constexpr size_t kColourCount = 4;

__attribute__((format(printf, 1, 2))) std::string format(const char* pattern, ...) {
  char text[512];
  va_list values;
  va_start(values, pattern);
  std::vsnprintf(text, sizeof text, pattern, values);
  va_end(values);
  return text;
}

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text)
    if (c == '<' || c == '&')
      safe += c == '<' ? "&lt;" : "&amp;";
    else
      safe += c;
  return safe;
}

std::string text_at(double x, double y, const std::string& anchor, const std::string& text,
                    const std::string& more = "") {
  return format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" ", x, y, anchor.c_str()) + more + ">" +
         escaped(text) + "</text>\n";
}

// 1,000 as people write it.
std::string grouped(double value) {
  std::string text = format("%.0f", value);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

// A step of 1, 2 or 5 times a power of ten that parts the axis in four to nine.
double step_for(double largest) {
  const double power = std::pow(10, std::floor(std::log10(largest / 4)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (largest / (power * factor) <= 8) return power * factor;
  return power * 10;
}

class Drawing {
 public:
  explicit Drawing(const Chart& chart) : p_(chart) {
    for (const Line& line : p_.lines) {
      for (const double x : line.x) largest_x_ = std::max(largest_x_, x);
      for (const double y : line.y) largest_y_ = std::max(largest_y_, y);
      xs_.insert(xs_.end(), line.x.begin(), line.x.end());
    }
    std::sort(xs_.begin(), xs_.end());
    xs_.erase(std::unique(xs_.begin(), xs_.end()), xs_.end());
    step_ = step_for(largest_y_);
    largest_y_ = std::ceil(largest_y_ / step_) * step_;
  }

  std::string text() const {
    std::string all = format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" "
        "font-size=\"13\" fill=\"#222\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
        kWidth, kHeight);
    all += text_at(kLeft, 24, "start", p_.title, "font-size=\"15\" font-weight=\"bold\"");
    all += text_at(kLeft, kHeight - 8, "start", machine(), "font-size=\"11\" fill=\"#666\"");
    all += axes();
    for (size_t i = 0; i < p_.lines.size(); ++i) all += line(p_.lines[i], kColours[i % kColourCount]);
    return all + names() + "</svg>\n";
  }

 private:
  double place_x(double x) const {
    const double share =
        p_.is_logarithmic ? std::log10(std::max(x, 1.0)) / std::log10(largest_x_) : x / largest_x_;
    return kLeft + share * (kWidth - kLeft - kRight);
  }
  double place_y(double y) const { return kHeight - kBottom - y / largest_y_ * (kHeight - kTop - kBottom); }

  std::string axes() const {
    std::string all;
    for (double y = 0; y <= largest_y_ + step_ / 2; y += step_) {
      all += format("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", kLeft,
                    place_y(y), kWidth - kRight, place_y(y), y > 0 ? "#ddd" : "#444");
      all += text_at(kLeft - 8, place_y(y) + 4, "end", step_ < 1 ? format("%.1f", y) : grouped(y));
    }
    for (const double x : xs_) {
      all += format("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#444\"/>\n", place_x(x),
                    place_y(0), place_x(x), place_y(0) + 5);
      all += text_at(place_x(x), place_y(0) + 20, "middle", grouped(x));
    }
    const double middle = (kTop + kHeight - kBottom) / 2;
    all += text_at((kLeft + kWidth - kRight) / 2, place_y(0) + 40, "middle",
                   p_.x_label + (p_.is_logarithmic ? " (logarithmic)" : ""));
    return all +
           text_at(18, middle, "middle", p_.y_label, format("transform=\"rotate(-90 18 %.1f)\"", middle));
  }

  std::string line(const Line& one, const char* colour) const {
    std::string points;
    std::string dots;
    for (size_t i = 0; i < one.x.size(); ++i) {
      points += format("%.1f,%.1f ", place_x(one.x[i]), place_y(one.y[i]));
      dots += format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\"/>\n", place_x(one.x[i]),
                     place_y(one.y[i]), colour);
    }
    return format("<polyline fill=\"none\" stroke-width=\"2\" stroke=\"%s\" points=\"", colour) + points +
           "\"/>\n" + dots;
  }

  // Beside the lines' ends, moved apart where they would cover each other.
  std::string names() const {
    std::vector<std::pair<double, size_t>> ends;
    for (size_t i = 0; i < p_.lines.size(); ++i) ends.emplace_back(place_y(p_.lines[i].y.back()), i);
    std::sort(ends.begin(), ends.end());
    std::string all;
    double lowest = 0;
    for (const auto& [wanted, i] : ends) {
      const double y = std::max(wanted, lowest);
      lowest = y + 16;
      all += text_at(kWidth - kRight + 12, y + 4, "start", p_.lines[i].name,
                     std::string("fill=\"") + kColours[i % kColourCount] + "\"");
    }
    return all;
  }

  const Chart& p_;
  std::vector<double> xs_;
  double largest_x_ = 1;
  double largest_y_ = 0;
  double step_ = 1;
};

}  // namespace

std::string svg(const Chart& chart) { return Drawing(chart).text(); }

void draw(const std::string& directory, const std::string& name, const Chart& chart) {
  if (directory.empty()) return;
  std::filesystem::create_directories(directory);
  write_file(directory + "/" + name + ".svg", svg(chart));
}

}  // namespace jailrun::integration::bench
