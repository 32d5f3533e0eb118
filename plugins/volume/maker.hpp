// SPDX-License-Identifier: Apache-2.0
// One volume, made or used again by a launch.
#pragma once

#include "base_image.hpp"
#include "image.hpp"
#include "job.hpp"
#include "places.hpp"
#include "sizes.hpp"
#include "snapshot.hpp"

#include <jailrun/stage.hpp>

#include <cerrno>

#include <unistd.h>

namespace volume {

inline jailrun::Result<void> check_size(const Job& job, const BaseImage& base) {
  if (job.size == 0 || job.size >= base.size()) return {};
  return jailrun::input_error("a size of " + show_size(job.size) + " is less than that of the base image " +
                              job.base + ", " + show_size(base.size()));
}

// Makes one volume.
class Maker {
 public:
  Maker(jailrun::Context& context, const Job& job) : context_(context), job_(job) {}

  jailrun::Result<void> run() {
    JR_ASSIGN(store_, Store::make(job_));
    if (!job_.keep)
      JR_TRY(discard());  // a caller may have removed an earlier jail by hand, but not completely
    JR_ASSIGN(const bool has_image, store_.has(kImage));
    if (has_image) return use_kept_image();
    JR_ASSIGN(base_, BaseImage::open(job_.base));
    JR_TRY(base_.hold_still());
    JR_ASSIGN(const bool has_difference, store_.has(kDifference));
    if (has_difference) return use_kept_difference();
    JR_TRY(check_size(job_, base_));
    JR_TRY(note("made", "yes"));
    return make();
  }

 private:
  jailrun::Result<void> make() {
    jailrun::Result<void> made;
    for (const Method method : {Method::kReflink, Method::kSnapshot, Method::kCopy}) {
      if (job_.method != method && job_.method != Method::kAuto) continue;
      made = make_by(method);
      if (made) context_.log(JR_LOG_INFO, job_.target + ": " + method_name(method) + " of " + job_.base);
      if (made || made.error().status != JR_ERROR_UNSUPPORTED) return made;
      made = std::move(made).error().within("way=" + method_name(method));
      context_.log(JR_LOG_DEBUG, job_.target + ": " + made.error().sentence);
      JR_TRY(discard());
    }
    return made;
  }

  // What a later release has to know, written before the thing itself is made.
  jailrun::Result<void> note(const char* what, const std::string& value) {
    context_.set_slot(slot_name(job_, what), value);
    if (context_.refusal() == JR_OK) return {};
    return jailrun::internal_error("could not record " + job_.target + " in the ledger");
  }

  jailrun::Result<void> discard() {
    JR_ASSIGN(const bool has_base, store_.has(kBase));
    if (has_base) JR_TRY(remove_devices({context_.token(), job_.index}));
    for (const char* name : kFiles) JR_TRY(store_.remove(name));
    return {};
  }

  jailrun::Result<void> make_by(Method method) {
    if (method == Method::kSnapshot) return make_snapshot();
    JR_ASSIGN(const jailrun::UniqueFd file, store_.begin());
    if (method == Method::kReflink) JR_TRY(share_data(base_, file.get()));
    JR_ASSIGN(const Target target, Target::open(job_));
    JR_TRY(target.link(store_, kUnfinished));
    // Only once the name is taken: a copy may take seconds.
    if (method == Method::kCopy) JR_TRY(SparseCopy(base_, file.get()).run());
    JR_TRY(base_.seen_still());
    JR_TRY(set_owner(file.get()));
    return store_.finish(kImage);
  }

  jailrun::Result<void> make_snapshot() {
    JR_TRY(check_snapshot(job_, base_));
    const Snapshot snapshot(job_, store_, context_.token());
    JR_TRY(snapshot.make_files(base_));
    return start(snapshot);
  }

  jailrun::Result<void> start(const Snapshot& snapshot) {
    JR_ASSIGN(const Target target, Target::open(job_));
    JR_ASSIGN(const dev_t number, snapshot.start(base_));
    JR_TRY(note("device", show_number(number)));
    return target.make_node(number, job_.owner);
  }

  jailrun::Result<void> set_owner(int file) const {
    JR_TRY(grow_file(file, job_.size, store_.path()));
    if (fchown(file, job_.owner.uid, job_.owner.gid) != 0 || fchmod(file, 0600) != 0)
      return jailrun::system_error(errno, "set the owner of " + store_.path());
    return {};
  }

  jailrun::Result<void> use_kept_image() {
    JR_ASSIGN(const jailrun::UniqueFd file, store_.file(kImage, O_RDWR));
    JR_TRY(set_owner(file.get()));
    JR_ASSIGN(const Target target, Target::open(job_));
    return target.link(store_, kImage);
  }

  jailrun::Result<void> use_kept_difference() {
    const Snapshot snapshot(job_, store_, context_.token());
    JR_TRY(snapshot.check_files(base_));
    return start(snapshot);
  }

  jailrun::Context& context_;
  const Job& job_;
  Store store_;
  BaseImage base_;
};

}  // namespace volume
