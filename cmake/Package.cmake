# SPDX-License-Identifier: Apache-2.0
# The Debian package: run cpack in the build directory, or build the target jailrun-deb.
#
# It has no conffile: what ships is under /usr, and a site's own pipelines and plugins, which take precedence, are in
# /etc/jailrun.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "the jailrun maintainers")
set(CPACK_PACKAGE_CONTACT "The jailrun maintainers <jailrun@localhost>")
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/SiteDirectories.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The first version that supports packed relative relocations (-z pack-relative-relocs); dpkg-shlibdeps does not notice them.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libc6 (>= 2.36)")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "cmake, g++ | clang, pkg-config, cargo")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"jailrun starts a program in a jail. A pipeline of stages decides what is done,
and in which order; each stage is a plugin. The stages only plan: the plan is
printed, or performed, and rolled back completely if anything fails.
.
It is a drop-in replacement for Firecracker's jailer, and jails any other
program. The package includes headers and templates to write your own stages.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/packaging/prerm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
include(CPack)

install(FILES LICENSE DESTINATION share/doc/jailrun RENAME copyright)
# As in the repository, so that the links between pages lead somewhere.
install(FILES README.md SECURITY.md CHANGELOG.md CONTRIBUTING.md RELEASING.md DESTINATION share/doc/jailrun)
install(DIRECTORY docs/operator docs/plugin-author docs/design docs/decisions DESTINATION share/doc/jailrun/docs)
install(DIRECTORY plugins DESTINATION share/doc/jailrun FILES_MATCHING PATTERN README.md)
# Of what is installed elsewhere.
install(CODE "set(doc \$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/share/doc/jailrun)
file(MAKE_DIRECTORY \${doc}/sdk)
file(CREATE_LINK ../../jailrun/pipelines \${doc}/pipelines SYMBOLIC)
file(CREATE_LINK ../../../../include \${doc}/sdk/include SYMBOLIC)")

# For the test that installs the package.
add_custom_target(jailrun-deb
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${PROJECT_BINARY_DIR}/package
  COMMAND ${CMAKE_CPACK_COMMAND} --config ${PROJECT_BINARY_DIR}/CPackConfig.cmake -B ${PROJECT_BINARY_DIR}/package
    > ${PROJECT_BINARY_DIR}/package.log
  COMMENT "Packing the Debian package"
  VERBATIM)
add_dependencies(jailrun-deb jailrun jailrun-dynamic jailrun-commands jailrun-supervisor jailrun-init jailrun-man stages)
install(CODE "file(GLOB packages \"${PROJECT_BINARY_DIR}/package/*.deb\")
file(INSTALL DESTINATION \${CMAKE_INSTALL_PREFIX}/libexec/jailrun-tests TYPE FILE FILES \${packages})"
  COMPONENT tests EXCLUDE_FROM_ALL)
