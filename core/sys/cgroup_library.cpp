// SPDX-License-Identifier: Apache-2.0
#include "core/sys/cgroup_library.hpp"

#include <libcgroup.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

namespace jailrun::core {
namespace {

using Group = std::unique_ptr<cgroup, void (*)(cgroup*)>;

bool is_ready() {
  static const bool kReady = cgroup_init() == 0;
  return kReady;
}

Group make_group(const std::string& name) {
  return {cgroup_new_cgroup(name.c_str()), [](cgroup* group) { cgroup_free(&group); }};
}

}  // namespace

std::optional<bool> library_has_controller(const std::string& controller) {
  if (!is_ready()) return std::nullopt;
  void* handle = nullptr;
  controller_data data{};
  bool found = false;
  for (int error = cgroup_get_all_controller_begin(&handle, &data); error == 0;
       error = cgroup_get_all_controller_next(&handle, &data))
    found = found || (controller == data.name && data.hierarchy != 0);
  cgroup_get_all_controller_end(&handle);
  return found;
}

std::optional<std::string> library_value(const std::string& group, const std::string& file) {
  if (!is_ready()) return std::nullopt;
  const Group known = make_group(group);
  const std::string controller = file.substr(0, file.find('.'));
  if (!known || cgroup_get_cgroup(known.get()) != 0) return std::nullopt;
  cgroup_controller* const values = cgroup_get_controller(known.get(), controller.c_str());
  char* value = nullptr;
  if (values == nullptr || cgroup_get_value_string(values, file.c_str(), &value) != 0 || value == nullptr)
    return std::nullopt;
  std::string text = value;
  std::free(value);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

Result<void> library_remove_group(const std::string& controller, const std::string& group) {
  if (!is_ready()) return internal_error("libcgroup finds no control groups");
  const Group doomed = make_group(group);
  if (!doomed || cgroup_add_controller(doomed.get(), controller.c_str()) == nullptr)
    return internal_error("libcgroup does not know the controller " + controller);
  const int error =
      cgroup_delete_cgroup_ext(doomed.get(), CGFLAG_DELETE_RECURSIVE | CGFLAG_DELETE_IGNORE_MIGRATION);
  if (error == 0 || error == ECGROUPNOTEXIST) return {};
  return system_error(error == ECGOTHER ? cgroup_get_last_errno() : EBUSY,
                      "remove the groups below " + group);
}

}  // namespace jailrun::core
