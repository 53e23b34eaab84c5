# SPDX-License-Identifier: Apache-2.0
# tandem_descriptors: .proto files become part of the program, as the descriptors that gRPC's reflection hands out.
#
# This file is included by CMakeLists.txt files, and is also the script that the build runs (cmake -P) to write the .cpp.

# tandem_descriptors(OUTPUT x.cpp ROOT folder FILES a.proto b/c.proto ...)
# Writes x.cpp whenever one of the files changed; it defines tandem::serve::descriptor_set() of serve/grpc/descriptors.h.
function(tandem_descriptors)
  cmake_parse_arguments(D "" "OUTPUT;ROOT" "FILES" ${ARGN})
  find_program(PROTOC_PROGRAM protoc)
  if(NOT PROTOC_PROGRAM)
    message(FATAL_ERROR "protoc was not found; it makes the descriptors for gRPC's reflection. Run ./dev setup, or install "
      "Debian's package protobuf-compiler.")
  endif()
  set(paths "")
  foreach(file ${D_FILES})
    list(APPEND paths "${D_ROOT}/${file}")
  endforeach()
  set(descriptors "${D_OUTPUT}.pb")
  add_custom_command(
    OUTPUT "${D_OUTPUT}"
    BYPRODUCTS "${descriptors}"
    COMMAND "${PROTOC_PROGRAM}" "--proto_path=${D_ROOT}" "--descriptor_set_out=${descriptors}" ${D_FILES}
    COMMAND ${CMAKE_COMMAND} "-DTANDEM_DESCRIPTORS=${descriptors}" "-DTANDEM_DESCRIPTORS_OUTPUT=${D_OUTPUT}"
      -P "${PROJECT_SOURCE_DIR}/cmake/TandemDescriptors.cmake"
    DEPENDS ${paths} "${PROJECT_SOURCE_DIR}/cmake/TandemDescriptors.cmake"
    COMMENT "Compiling the descriptors of proto/"
    VERBATIM)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  file(READ "${TANDEM_DESCRIPTORS}" bytes HEX)
  string(REGEX REPLACE "(................................................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  file(WRITE "${TANDEM_DESCRIPTORS_OUTPUT}" "// Written by cmake/TandemDescriptors.cmake.
#include \"serve/grpc/descriptors.h\"

namespace tandem::serve {

std::span<const std::byte> descriptor_set() {
  static const unsigned char bytes[] = {
${bytes}};
  return std::as_bytes(std::span(bytes));
}

}  // namespace tandem::serve
")
endif()
