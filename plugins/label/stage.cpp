// SPDX-License-Identifier: Apache-2.0
// The label that a Linux security module gives the program when it is executed.
#include "../common/host_text.hpp"
#include "../common/unsupported.hpp"

#include <jailrun/stage.hpp>

#include <string>

namespace {

using jailrun::Context;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("apparmor", "PROFILE", "the AppArmor profile that confines the program; it must be loaded"),
    Option::text("selinux", "CONTEXT",
                 "the SELinux context of the program, such as system_u:system_r:vm_t:s0"),
    jailrun_stages::kUnsupported};

// Each line is "NAME (MODE)".
bool has_profile(const std::string& profiles, const std::string& name) {
  return ("\n" + profiles).find("\n" + name + " (") != std::string::npos;
}

class Label final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    apparmor_ = context.option("apparmor");
    selinux_ = context.option("selinux");
    JR_ASSIGN(const bool is_optional, jailrun_stages::goes_without(context));
    flags_ = is_optional ? JR_LABEL_IF_SUPPORTED : 0;
    if (apparmor_.empty() && selinux_.empty())
      return jailrun::input_error(
          "neither apparmor nor selinux is given: one of them, or leave the stage out");
    return apparmor_.empty() ? Result<void>{} : check_profile(context);
  }

  // As far as it is known: the list is root's, in a filesystem that a host need not mount. The launch finds
  // the same out, but later.
  Result<void> check_profile(Context& context) const {
    constexpr size_t kLargest = size_t{4} << 20;
    const Result<std::string> profiles =
        jailrun_stages::read_file("/sys/kernel/security/apparmor/profiles", kLargest);
    if (!profiles || has_profile(profiles.value(), apparmor_)) return {};
    return jailrun::input_error(context.origin("apparmor") + ": the profile " + apparmor_ +
                                " is not loaded: apparmor_parser loads it");
  }

  Result<void> plan(Plan& plan) override {
    if (!apparmor_.empty()) plan.label(JR_LABEL_APPARMOR, apparmor_, flags_);
    if (!selinux_.empty()) plan.label(JR_LABEL_SELINUX, selinux_, flags_);
    return {};
  }

  std::string apparmor_;
  std::string selinux_;
  uint32_t flags_ = 0;
};

}  // namespace

JAILRUN_STAGE(Label, jailrun::Descriptor("label", "1.0.0", "has a security module label the program")
                         .options(kOptions)
                         .traits(JR_TRAIT_RESTRICTS))
