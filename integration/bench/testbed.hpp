// SPDX-License-Identifier: Apache-2.0
// Where measured jails are made, and what makes them.
#pragma once

#include "integration/bench/series.hpp"
#include "integration/support/command.hpp"

#include <string>

namespace jailrun::integration::bench {

// A chroot base with one program to be jailed, called "first".
class Testbed {
 public:
  // A program given otherwise must be called "first" too.
  explicit Testbed(std::string base, const std::string& program = "");

  const std::string& base() const { return base_; }
  const std::string& program() const { return program_; }

  // default.conf, id "bench", with these options more; the jail is removed after each measurement.
  Contender jailrun(const std::string& name, const Strings& options = {},
                    const std::string& pipeline_file = "") const;
  // The same work by floor, with these of its flags.
  Contender floor(const std::string& name, const Strings& flags = {}) const;

  Strings jailrun_words(const std::string& id, const Strings& options,
                        const std::string& pipeline_file = "") const;
  Strings floor_words(const std::string& id, const Strings& flags) const;
  void remove(const std::string& id) const;  // by `jailrun rm`
  void wipe(const std::string& id) const;    // what floor has made, its groups too

 private:
  std::string base_;
  std::string program_;
};

// The measured program with so many bytes behind it, which its exec never looks at, in a directory of its
// own: the path.
std::string program_of(const std::string& directory, size_t bytes);

// A tmpfs at a directory, which is made; until this object goes.
class Tmpfs {
 public:
  explicit Tmpfs(std::string directory);
  Tmpfs(const Tmpfs&) = delete;
  Tmpfs& operator=(const Tmpfs&) = delete;
  ~Tmpfs();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The program itself, without a jail around it.
Contender alone(const std::string& name);

// The two cpuset values that clients give, here the ones that hold already: `--cgroup FILE=VALUE` each.
Strings cgroup_options();
// The same for floor, which joins by the cheap write or by the usual one.
Strings cgroup_flags(const std::string& join);

}  // namespace jailrun::integration::bench
