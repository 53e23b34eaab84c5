# SPDX-License-Identifier: Apache-2.0
# ONNX Runtime: headers to compile with, and the place of the library that is opened at run time.
#
# The library is never linked: its one exported symbol carries the release in its version, so a linked binary would start
# with that release only. It is opened with dlopen (docs/decisions/0003-onnxruntime-by-dlopen.md).
# Order: ONNXRUNTIME_ROOT (environment or -D), a system-wide install, what `./dev setup` put under build/deps.
set(TANDEM_DEPS "${PROJECT_SOURCE_DIR}/build/deps" CACHE PATH "Where ./dev setup puts packages that are unpacked, not installed")
set(ONNXRUNTIME_ROOT "$ENV{ONNXRUNTIME_ROOT}" CACHE PATH "A directory with include/ and lib/ of ONNX Runtime")

find_path(ONNXRUNTIME_INCLUDE onnxruntime_cxx_api.h
  HINTS "${ONNXRUNTIME_ROOT}/include"
  PATH_SUFFIXES onnxruntime onnxruntime/core/session
  PATHS "${TANDEM_DEPS}/onnxruntime/include")
find_library(ONNXRUNTIME_LIBRARY NAMES onnxruntime libonnxruntime.so.1
  HINTS "${ONNXRUNTIME_ROOT}/lib"
  PATHS "${TANDEM_DEPS}/onnxruntime/lib")
if(NOT ONNXRUNTIME_INCLUDE OR NOT ONNXRUNTIME_LIBRARY)
  message(FATAL_ERROR "ONNX Runtime was not found. Run ./dev setup, or set ONNXRUNTIME_ROOT to a directory with include/ and lib/.")
endif()
add_library(tandem_onnxruntime_headers INTERFACE)
target_include_directories(tandem_onnxruntime_headers SYSTEM INTERFACE "${ONNXRUNTIME_INCLUDE}")
