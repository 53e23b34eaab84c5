# SPDX-License-Identifier: Apache-2.0
# LibTorch, for the library tandem_libtorch.so, which the program opens when it is asked for that engine
# (docs/decisions/0010-openvino-in-a-library-of-its-own.md).
# Order: LIBTORCH (a folder with include and lib, as PyTorch publishes it), what `./dev setup --with libtorch` put under
# build/deps. Not by LibTorch's own TorchConfig.cmake: that wants the CUDA toolkit where the libraries are for CUDA, and sets
# flags for everyone.
set(TANDEM_LIBTORCH AUTO CACHE STRING "Build the engine LibTorch: AUTO (when it is found), ON or OFF")
set_property(CACHE TANDEM_LIBTORCH PROPERTY STRINGS AUTO ON OFF)
set(TANDEM_LIBTORCH_FOUND OFF)
set(TANDEM_LIBTORCH_VERSION "")
if(TANDEM_LIBTORCH)
  set(libtorch_places "$ENV{LIBTORCH}" "${TANDEM_DEPS}/libtorch")
  find_path(LIBTORCH_INCLUDE torch/script.h PATHS ${libtorch_places} PATH_SUFFIXES include NO_DEFAULT_PATH)
  find_path(LIBTORCH_API_INCLUDE torch/version.h
    PATHS ${libtorch_places} PATH_SUFFIXES include/torch/csrc/api/include NO_DEFAULT_PATH)
  foreach(part torch torch_cpu c10)
    find_library(LIBTORCH_${part} ${part} PATHS ${libtorch_places} PATH_SUFFIXES lib NO_DEFAULT_PATH)
  endforeach()
  foreach(part torch_cuda c10_cuda)
    find_library(LIBTORCH_${part} ${part} PATHS ${libtorch_places} PATH_SUFFIXES lib NO_DEFAULT_PATH)
  endforeach()
  if(LIBTORCH_INCLUDE AND LIBTORCH_API_INCLUDE AND LIBTORCH_torch AND LIBTORCH_torch_cpu AND LIBTORCH_c10)
    set(TANDEM_LIBTORCH_FOUND ON)
    file(STRINGS "${LIBTORCH_API_INCLUDE}/torch/version.h" lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
    string(REGEX REPLACE "[^0-9]+([0-9]+)" "\\1." TANDEM_LIBTORCH_VERSION "${lines}")
    string(REGEX REPLACE "[.]$" "" TANDEM_LIBTORCH_VERSION "${TANDEM_LIBTORCH_VERSION}")
    add_library(libtorch INTERFACE)
    target_include_directories(libtorch SYSTEM INTERFACE "${LIBTORCH_INCLUDE}" "${LIBTORCH_API_INCLUDE}")
    # Nothing refers to the kernels: they register themselves when their library is opened.
    target_link_options(libtorch INTERFACE -Wl,--no-as-needed)
    target_link_libraries(libtorch INTERFACE "${LIBTORCH_torch}" "${LIBTORCH_torch_cpu}" "${LIBTORCH_c10}")
    if(LIBTORCH_torch_cuda AND LIBTORCH_c10_cuda)
      target_link_libraries(libtorch INTERFACE "${LIBTORCH_torch_cuda}" "${LIBTORCH_c10_cuda}")
    endif()
  elseif(NOT TANDEM_LIBTORCH STREQUAL "AUTO")
    message(FATAL_ERROR "LibTorch was not found. Run ./dev setup --with libtorch, or set LIBTORCH to its folder.")
  else()
    message(STATUS "LibTorch was not found: tandem without the engine libtorch (./dev setup --with libtorch brings it)")
  endif()
endif()
