# SPDX-License-Identifier: Apache-2.0
# The package owns the directories that a site fills, so that dpkg removes them if they are empty. They are created here and
# not by `cmake --install`, which is also used for prefixes that have nothing to do with /etc.
file(MAKE_DIRECTORY
  ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/etc/jailrun/pipelines
  ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/etc/jailrun/plugins)
