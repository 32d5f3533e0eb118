// SPDX-License-Identifier: Apache-2.0
#pragma once

// Prints what the process sees of its jail, one line each.
void show_jail();
