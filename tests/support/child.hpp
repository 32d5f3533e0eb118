// SPDX-License-Identifier: Apache-2.0
// Work in a child process: for what would change the tests' own process, and for rights that it
// does not have.
#pragma once

#include <functional>
#include <string>

namespace jailrun::tests {

// What `work` returns, from a child process; "signal 11" or the like where it did not return.
std::string in_child(const std::function<std::string()>& work);

// The same without privilege: as nobody where the tests are run by root, else as whoever runs them.
std::string as_ordinary_user(const std::function<std::string()>& work);

}  // namespace jailrun::tests
