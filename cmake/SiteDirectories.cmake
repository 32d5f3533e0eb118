# SPDX-License-Identifier: Apache-2.0
# The package owns the directories that a site fills, so that dpkg removes them where nothing is in them. They are made
# here, as `cmake --install` is also for prefixes that have nothing to do with /etc.
file(MAKE_DIRECTORY
  ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/etc/jailrun/pipelines
  ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/etc/jailrun/plugins)
