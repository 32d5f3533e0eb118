// SPDX-License-Identifier: Apache-2.0
// Writable disk images for the jail, each begun with the data of a base image that stays as it is.
#include "maker.hpp"
#include "upkeep.hpp"
#include "wishes.hpp"

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
using volume::BaseImage;
using volume::Job;
using volume::Store;
using volume::Way;

constexpr Option kOptions[] = {
    Option::text(
        "volume", "NAME=BASE[,WORDS]",
        "a writable disk NAME in the jail that begins with the data of the host's image BASE, which stays "
        "as it is; WORDS, with commas: size=SIZE, way=WAY, keep=yes or keep=no, in place of the options "
        "below")
        .repeatable(),
    Option::text(
        "volume-size", "[NAME=]SIZE",
        "how large the volume is, where that is more than its base: bytes, or with K, M, G, T; without "
        "NAME for all")
        .repeatable(),
    Option::text(
        "volume-way", "WAY",
        "reflink (a file that shares the base's data), snapshot (a device-mapper snapshot on loop devices), "
        "copy (a sparse copy), or auto: the first of them that works")
        .defaults_to("auto"),
    Option::flag("volume-keep", "volumes outlive the jail, for the next one of the same id")};
constexpr Fact kConsumes[] = {
    Fact::text("jail.base"),  Fact::text("jail.name"),      Fact::text("jail.alias").optional(),
    Fact::text("jail.id"),    Fact::text("jail.directory"), Fact::text("jail.root"),
    Fact::number("jail.uid"), Fact::number("jail.gid")};
constexpr jr_str kAfter[] = {jailrun::to_str("chroot-builder")};

class Volume final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    Job common;
    Result<Way> way = volume::parse_way(context.option("volume-way"));
    if (!way) return std::move(way).error().within(context.origin("volume-way"));
    common.way = way.value();
    common.keep = context.has_option("volume-keep");
    uint64_t index = 0;
    for (const std::string& one : context.options("volume")) {
      Job job = common;
      job.index = index;
      Result<void> parsed = volume::parse(one, job);
      if (parsed && find(job.target) != nullptr)
        parsed = jailrun::input_error(job.target + " is a volume twice");
      if (!parsed) return std::move(parsed).error().within(context.origin("volume", index));
      jobs_.push_back(job);
      ++index;
    }
    index = 0;
    for (const std::string& one : context.options("volume-size")) {
      Result<void> applied = apply_size(one);
      if (!applied) return std::move(applied).error().within(context.origin("volume-size", index));
      ++index;
    }
    return {};
  }

  Job* find(const std::string& target) {
    const auto same = [&](const Job& job) { return job.target == target; };
    const auto found = std::find_if(jobs_.begin(), jobs_.end(), same);
    return found == jobs_.end() ? nullptr : &*found;
  }

  // "8G", for those that say none themselves, or "disk.ext4=8G".
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
    std::vector<std::string> folders;
    for (Job job : jobs_) {
      job.root = plan.text_fact("jail.root");
      job.store = store_of(plan, job.keep);
      job.owner = plan.user();
      Result<void> judged = judge(job);
      if (!judged) return std::move(judged).error().within(plan.origin("volume", job.index));
      for (size_t slash = job.target.find('/', 1); slash != std::string::npos;
           slash = job.target.find('/', slash + 1)) {
        const std::string folder = job.target.substr(0, slash);
        if (std::find(folders.begin(), folders.end(), folder) != folders.end()) continue;
        folders.push_back(folder);
        plan.directory(folder, 0700, job.owner);
      }
      plan.call(JR_PREPARE, job.target, line(job), volume::encode(job), volume::kPayloadVersion);
    }
    return {};
  }

  // Kept volumes are beside the jail's directory, which goes; under the name that the caller gave the
  // program, as a newer version of it must find what an older one has kept. No jail can have a name that
  // begins with a dot.
  static std::string store_of(Plan& plan, bool keep) {
    if (!keep) return plan.text_fact("jail.directory") + "/volumes";
    return plan.text_fact("jail.base") + "/" +
           plan.text_fact(plan.has_fact("jail.alias") ? "jail.alias" : "jail.name") + "/.volumes-" +
           plan.text_fact("jail.id");
  }

  // What can be told before anything is made.
  static Result<void> judge(const Job& job) {
    const Result<Store> store = Store::open(job);
    const Result<bool> is_kept = store && job.keep ? store.value().has(volume::kImage) : Result<bool>(false);
    if (is_kept && is_kept.value()) return {};  // it needs no base any more
    Result<BaseImage> base = BaseImage::open(job.base);
    // An ordinary user, to whom a plan is shown, need not be able to read it.
    if (!base && base.error().error_number == EACCES && geteuid() != 0) return {};
    if (!base) return std::move(base).error();
    JR_TRY(volume::judge_size(job, base.value()));
    return base.value().hold_still();
  }

  static std::string line(const Job& job) {
    return "from " + job.base + ", " +
           (job.way == Way::kAuto ? "reflink, else snapshot, else copy" : volume::show_way(job.way)) +
           (job.size == 0 ? "" : ", " + volume::show_size(job.size)) + (job.keep ? ", kept" : "") + ", in " +
           job.store;
  }

  static Result<Job> job_of(std::string_view payload) {
    Job job;
    if (volume::decode(payload, job)) return job;
    return jailrun::internal_error("the ledger's payload is not one of this version of the stage");
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
      return jailrun::input_error("a volume can be told only 'grow NAME SIZE', as 'grow disk.ext4 8G'");
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
              jailrun::Descriptor("volume", "1.0.0", "makes writable disks from base images, without a copy")
                  .options(kOptions)
                  .consumes(kConsumes)
                  .after(kAfter)
                  .capability(CAP_CHOWN)
                  .capability(CAP_MKNOD)
                  .capability(CAP_SYS_ADMIN))
