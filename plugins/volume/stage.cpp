// SPDX-License-Identifier: Apache-2.0
// Writable disk images for the jail, each with the data of a base image that is never changed.
#include "../common/folders.hpp"
#include "../common/option_values.hpp"
#include "maker.hpp"
#include "upkeep.hpp"
#include "volume_option.hpp"

#include <jailrun/stage.hpp>

#include <algorithm>
#include <cerrno>

#include <linux/capability.h>
#include <unistd.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;
using jailrun_stages::each_value;
using volume::BaseImage;
using volume::Job;
using volume::Method;
using volume::Store;

constexpr Option kOptions[] = {
    Option::text("volume", "NAME=BASE[,WORDS]",
                 "make a writable disk NAME in the jail with the data of the host's image BASE, which is "
                 "never changed; "
                 "WORDS, separated by commas: size=SIZE, way=METHOD, keep=yes or keep=no, instead of the "
                 "options below")
        .repeatable(),
    Option::text("volume-size", "[NAME=]SIZE",
                 "the size of the volume, if it is to be larger than its base: bytes, or with K, M, G, T; "
                 "without NAME: of "
                 "all volumes")
        .repeatable(),
    Option::text(
        "volume-way", "METHOD",
        "reflink (a file that shares the base's data), snapshot (a device-mapper snapshot on loop devices), "
        "copy (a sparse copy), or auto: the first of these that works")
        .defaults_to("auto"),
    Option::flag("volume-keep", "keep volumes when the jail is removed, for the next jail with the same id")};
constexpr Fact kConsumes[] = {
    Fact::text("jail.base"),  Fact::text("jail.name"),      Fact::text("jail.alias").optional(),
    Fact::text("jail.id"),    Fact::text("jail.directory"), Fact::text("jail.root"),
    Fact::number("jail.uid"), Fact::number("jail.gid")};
constexpr jr_str kAfter[] = {jailrun::to_str("chroot-builder")};

class Volume final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    Job common;
    Result<Method> method = volume::parse_method(context.option("volume-way"));
    if (!method) return std::move(method).error().within(context.origin("volume-way"));
    common.method = method.value();
    common.keep = context.has_option("volume-keep");
    JR_TRY(each_value(context, "volume", [&](const std::string& one, uint64_t index) {
      Job job = common;
      job.index = index;
      return add(one, std::move(job));
    }));
    return each_value(context, "volume-size",
                      [&](const std::string& one, uint64_t) { return apply_size(one); });
  }

  Result<void> add(const std::string& text, Job job) {
    JR_TRY(volume::parse(text, job));
    if (find(job.target) != nullptr) return jailrun::input_error(job.target + " is given twice");
    jobs_.push_back(std::move(job));
    return {};
  }

  Job* find(const std::string& target) {
    const auto same = [&](const Job& job) { return job.target == target; };
    const auto found = std::find_if(jobs_.begin(), jobs_.end(), same);
    return found == jobs_.end() ? nullptr : &*found;
  }

  // "8G", for all volumes that have no size of their own, or "disk.ext4=8G".
  Result<void> apply_size(const std::string& text) {
    const size_t equals = text.rfind('=');
    JR_ASSIGN(const uint64_t size,
              volume::parse_size(equals == std::string::npos ? text : text.substr(equals + 1)));
    if (equals == std::string::npos) {
      for (Job& job : jobs_)
        if (job.size == 0) job.size = size;
      return {};
    }
    Job* const job = find(volume::as_target(text.substr(0, equals)));
    if (job == nullptr) return jailrun::input_error("there is no volume '" + text.substr(0, equals) + "'");
    job->size = size;
    return {};
  }

  Result<void> plan(Plan& plan) override {
    if (jobs_.empty()) return {};
    jailrun_stages::Folders folders(plan, 0700, plan.user());
    for (Job job : jobs_) {
      job.root = plan.text_fact("jail.root");
      job.store = store_of(plan, job.keep);
      job.owner = plan.user();
      Result<void> checked = check(job);
      if (!checked) return std::move(checked).error().within(plan.origin("volume", job.index));
      folders.above(job.target);
      plan.call(JR_PREPARE, job.target, line(job), volume::encode(job), volume::kPayloadVersion);
    }
    return {};
  }

  // Kept volumes are beside the jail's directory, which is removed, and below the name by which
  // the caller knows the program: a newer version of it must find what an older one has kept. No
  // jail's name begins with a dot.
  static std::string store_of(Plan& plan, bool keep) {
    if (!keep) return plan.text_fact("jail.directory") + "/volumes";
    return plan.text_fact("jail.base") + "/" +
           plan.text_fact(plan.has_fact("jail.alias") ? "jail.alias" : "jail.name") + "/.volumes-" +
           plan.text_fact("jail.id");
  }

  // What can be checked before anything is made.
  static Result<void> check(const Job& job) {
    const Result<Store> store = Store::open(job);
    const Result<bool> is_kept = store && job.keep ? store.value().has(volume::kImage) : Result<bool>(false);
    if (is_kept && is_kept.value()) return {};  // it needs no base any more
    Result<BaseImage> base = BaseImage::open(job.base);
    // An ordinary user who is shown a plan need not be able to read it.
    if (!base && base.error().error_number == EACCES && geteuid() != 0) return {};
    if (!base) return std::move(base).error();
    JR_TRY(volume::check_size(job, base.value()));
    return base.value().hold_still();
  }

  static std::string line(const Job& job) {
    return "from " + job.base + ", " +
           (job.method == Method::kAuto ? "reflink, else snapshot, else copy"
                                        : volume::method_name(job.method)) +
           (job.size == 0 ? "" : ", " + volume::show_size(job.size)) + (job.keep ? ", kept" : "") + ", in " +
           job.store;
  }

  static Result<Job> job_of(std::string_view payload) {
    Job job;
    if (volume::decode(payload, job)) return job;
    return jailrun::internal_error("the payload in the ledger is not from this version of the stage");
  }

  Result<void> perform(Context& context, std::string_view, std::string_view payload) override {
    JR_ASSIGN(const Job job, job_of(payload));
    return volume::Maker(context, job).run();
  }

  Result<void> release(Context& context, std::string_view, std::string_view payload,
                       jailrun::Why why) override {
    JR_ASSIGN(const Job job, job_of(payload));
    return volume::Remover(context, job, why).run();
  }

  Result<bool> command(Context& context, std::string_view verb, const std::vector<std::string>& words,
                       std::string_view, std::string_view payload) override {
    if (verb != "grow" || words.size() != 2)
      return jailrun::input_error(
          "the only command for a volume is 'grow NAME SIZE', such as 'grow disk.ext4 8G'");
    JR_ASSIGN(const Job job, job_of(payload));
    if (job.target != volume::as_target(words[0])) return false;
    JR_ASSIGN(const uint64_t size, volume::parse_size(words[1]));
    JR_TRY(volume::grow(context, job, size));
    return true;
  }

  std::vector<Job> jobs_;
};

}  // namespace

JAILRUN_STAGE(Volume,
              jailrun::Descriptor("volume", "1.0.0", "makes writable disks from base images, without copying")
                  .options(kOptions)
                  .consumes(kConsumes)
                  .after(kAfter)
                  .capability(CAP_CHOWN)
                  .capability(CAP_MKNOD)
                  .capability(CAP_SYS_ADMIN))
