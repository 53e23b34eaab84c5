# SPDX-License-Identifier: Apache-2.0
# OpenVINO, for the library tandem_openvino.so, which the program opens when it is asked for that engine
# (docs/decisions/0010-openvino-in-a-library-of-its-own.md).
# Order: OpenVINO_DIR, a system-wide install, what `./dev setup --with openvino` put under build/deps.
set(TANDEM_OPENVINO AUTO CACHE STRING "Build the engine OpenVINO: AUTO (when it is found), ON or OFF")
set_property(CACHE TANDEM_OPENVINO PROPERTY STRINGS AUTO ON OFF)
set(TANDEM_OPENVINO_FOUND OFF)
if(TANDEM_OPENVINO)
  find_package(OpenVINO QUIET COMPONENTS Runtime ONNX PATHS "${TANDEM_DEPS}/openvino/cmake")
  set(TANDEM_OPENVINO_FOUND ${OpenVINO_FOUND})
  if(NOT OpenVINO_FOUND AND NOT TANDEM_OPENVINO STREQUAL "AUTO")
    message(FATAL_ERROR "OpenVINO was not found. Run ./dev setup --with openvino, or set OpenVINO_DIR to the folder of OpenVINOConfig.cmake.")
  elseif(NOT OpenVINO_FOUND)
    message(STATUS "OpenVINO was not found: tandem without the engine openvino (./dev setup --with openvino brings it)")
  endif()
endif()
