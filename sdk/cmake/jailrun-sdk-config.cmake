# SPDX-License-Identifier: Apache-2.0
# find_package(jailrun-sdk 1.0) gives the target jailrun::sdk, the headers, and the function jailrun_add_stage.
include(${CMAKE_CURRENT_LIST_DIR}/jailrun-sdk-targets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/jailrun-stage.cmake)
