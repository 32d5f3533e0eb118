// SPDX-License-Identifier: Apache-2.0
// UniqueFd, an open file descriptor with one owner. It is the SDK's, as plugins need it too.
#pragma once

#include "jailrun/unique_fd.hpp"
