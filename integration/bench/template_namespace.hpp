// SPDX-License-Identifier: Apache-2.0
// A mount namespace that holds nothing but an empty directory, as its root: for floor's lever.
#pragma once

#include <string>

namespace jailrun::integration::bench {

class TemplateNamespace {
 public:
  TemplateNamespace();
  TemplateNamespace(const TemplateNamespace&) = delete;
  TemplateNamespace& operator=(const TemplateNamespace&) = delete;
  ~TemplateNamespace();

  // Names it as long as this object lives. A descriptor's name, because a namespace's file can be
  // bind-mounted in an older namespace only.
  std::string path() const;

 private:
  int fd_ = -1;
};

}  // namespace jailrun::integration::bench
