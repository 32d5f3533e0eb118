// SPDX-License-Identifier: Apache-2.0
/* A shared object that is not a plugin for this major version of the interface: it exports another's symbol. */
extern const int jailrun_plugin_v0;
const int jailrun_plugin_v0 = 0;
