# SPDX-License-Identifier: Apache-2.0
# The package owns the directories that a site fills, so that dpkg removes them if they are empty. They are created here and
# not by `cmake --install`, which is also used for prefixes that have nothing to do with /etc.
file(MAKE_DIRECTORY
  ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/etc/jailrun/pipelines
  ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/etc/jailrun/plugins)

# The pages tell of an installation below /usr/local, but for what a site puts there.
file(GLOB_RECURSE pages ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share/doc/jailrun/*.md
  ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share/jailrun/pipelines/*.conf)
foreach(page ${pages})
  file(READ ${page} text)
  string(REGEX REPLACE "/usr/local/(bin/|include|share/jailrun|share/doc|lib/jailrun)" "/usr/\\1" text "${text}")
  file(WRITE ${page} "${text}")
endforeach()
