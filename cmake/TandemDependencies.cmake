# SPDX-License-Identifier: Apache-2.0
# Finds everything that is not ours. Nothing is downloaded here: `./dev setup` installs the packages.
find_package(PkgConfig REQUIRED)

find_package(tl-expected REQUIRED)     # libexpected-dev: std::expected for C++20
find_package(fmt REQUIRED)             # libfmt-dev
find_package(spdlog REQUIRED)          # libspdlog-dev
find_package(nlohmann_json REQUIRED)   # nlohmann-json3-dev: files and CLI output, never the request path
find_package(CLI11 REQUIRED)           # libcli11-dev
find_package(simdjson REQUIRED)        # libsimdjson-dev: request envelopes
find_package(FastFloat REQUIRED)       # libfast-float-dev
find_package(OpenSSL REQUIRED)        # libssl-dev: SHA-256 of stored files
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2)  # libnghttp2-dev: HTTP/2 frames and HPACK
pkg_check_modules(TURBOJPEG REQUIRED IMPORTED_TARGET libturbojpeg)
find_library(DRAGONBOX_LIBRARY dragonbox_to_chars REQUIRED)  # libdragonbox-dev: shortest float text
find_path(DRAGONBOX_INCLUDE dragonbox/dragonbox_to_chars.h PATH_SUFFIXES dragonbox-1.1.3 REQUIRED)
add_library(tandem_dragonbox INTERFACE)
target_include_directories(tandem_dragonbox SYSTEM INTERFACE "${DRAGONBOX_INCLUDE}")
target_link_libraries(tandem_dragonbox INTERFACE "${DRAGONBOX_LIBRARY}")
# libyaml-cpp-dev. Static, because a server that reads a page of YAML, or none, keeps 0.2 MiB of the shared one resident.
find_library(YAML_CPP_LIBRARY libyaml-cpp.a REQUIRED)
add_library(tandem_yaml INTERFACE)
target_link_libraries(tandem_yaml INTERFACE "${YAML_CPP_LIBRARY}")

if(TANDEM_TESTS)
  find_package(GTest REQUIRED)
  find_path(RAPIDCHECK_INCLUDE rapidcheck.h)
  find_library(RAPIDCHECK_LIBRARY rapidcheck)
  set(TANDEM_TEST_PYTHON "${PROJECT_SOURCE_DIR}/build/venv/bin/python" CACHE FILEPATH
    "Python with the packages of tools/dev/requirements-test.txt; ./dev setup makes it")
endif()

include(TandemOnnxRuntime)
include(TandemOpenVino)
include(TandemLibTorch)
