// SPDX-License-Identifier: Apache-2.0
int any_function(void);
int any_function(void) { return 0; }
