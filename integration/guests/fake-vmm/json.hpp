// SPDX-License-Identifier: Apache-2.0
// As much of JSON as the requests need: an object's members, each as the text that it is.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace fake_vmm {

// Member -> its value's text: a string without its quotes and escapes, all else unchanged. False where
// `text` is not one object and nothing else.
using Members = std::map<std::string, std::string>;
bool read_object(const std::string& text, Members* members);

// The elements of an array, each as the text that it is.
bool read_array(const std::string& text, std::vector<std::string>* elements);

std::string quoted(const std::string& text);

}  // namespace fake_vmm
