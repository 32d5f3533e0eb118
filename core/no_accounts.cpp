// SPDX-License-Identifier: Apache-2.0
// Of bin/jailrun alone. libcgroup has functions, which no launch calls, that look up users and groups;
// glibc's would load libraries into the static program to do so. Here nobody has an account, and nothing can
// be loaded.
#include <grp.h>
#include <pwd.h>

extern "C" {

passwd* getpwnam(const char*) { return nullptr; }
passwd* getpwuid(uid_t) { return nullptr; }
group* getgrnam(const char*) { return nullptr; }
group* getgrgid(gid_t) { return nullptr; }
int getpwnam_r(const char*, passwd*, char*, size_t, passwd** found) {
  *found = nullptr;
  return 0;
}
// The name under which glob(3), of which a stage reads a list of files, calls it to expand "~user".
decltype(getpwnam_r) __getpwnam_r
    __attribute__((alias("getpwnam_r"), nothrow, nonnull(1, 2, 3, 5)));  // NOLINT
int getgrnam_r(const char*, group*, char*, size_t, group** found) {
  *found = nullptr;
  return 0;
}
}
