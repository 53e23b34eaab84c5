# SPDX-License-Identifier: Apache-2.0
# tandem_embed: files become part of the program, each with its content type and an ETag made from its bytes.
#
# This file is included by CMakeLists.txt files, and is also the script that the build runs (cmake -P) to write the .cpp.

# tandem_embed(OUTPUT x.cpp FILES "url=path" ... [DEPENDS target-or-file ...])
# Writes x.cpp whenever one of the files changed; it defines tandem::serve::assets() of serve/web/assets.h.
function(tandem_embed)
  cmake_parse_arguments(E "" "OUTPUT" "FILES;DEPENDS" ${ARGN})
  set(paths "")
  foreach(file ${E_FILES})
    string(REGEX REPLACE "^[^=]*=" "" path "${file}")
    list(APPEND paths "${path}")
  endforeach()
  string(REPLACE ";" "|" files "${E_FILES}")
  add_custom_command(
    OUTPUT "${E_OUTPUT}"
    COMMAND ${CMAKE_COMMAND} "-DTANDEM_EMBED_OUTPUT=${E_OUTPUT}" "-DTANDEM_EMBED_FILES=${files}"
      -P "${PROJECT_SOURCE_DIR}/cmake/TandemEmbed.cmake"
    DEPENDS ${paths} ${E_DEPENDS} "${PROJECT_SOURCE_DIR}/cmake/TandemEmbed.cmake"
    COMMENT "Embedding the web page"
    VERBATIM)
endfunction()

# The content type of a file, by its ending.
function(tandem_embed_content_type path result)
  get_filename_component(ending "${path}" LAST_EXT)
  if(ending STREQUAL ".html")
    set(${result} "text/html; charset=utf-8" PARENT_SCOPE)
  elseif(ending STREQUAL ".css")
    set(${result} "text/css; charset=utf-8" PARENT_SCOPE)
  elseif(ending STREQUAL ".js")
    set(${result} "text/javascript; charset=utf-8" PARENT_SCOPE)
  elseif(ending STREQUAL ".svg")
    set(${result} "image/svg+xml" PARENT_SCOPE)
  else()
    message(FATAL_ERROR "${path}: no content type is known for '${ending}'; add it to cmake/TandemEmbed.cmake.")
  endif()
endfunction()

# Writes the .cpp: one byte array a file and the table over them.
function(tandem_embed_write output files)
  set(arrays "")
  set(rows "")
  set(count 0)
  foreach(file ${files})
    string(REGEX REPLACE "=.*$" "" url "${file}")
    string(REGEX REPLACE "^[^=]*=" "" path "${file}")
    tandem_embed_content_type("${path}" content_type)
    file(SHA256 "${path}" hash)
    string(SUBSTRING "${hash}" 0 32 hash)
    file(READ "${path}" bytes HEX)
    if(bytes STREQUAL "")
      message(FATAL_ERROR "${path}: an empty file cannot be embedded.")
    endif()
    string(REGEX REPLACE "(................................................................)" "\\1\n" bytes "${bytes}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(APPEND arrays "const unsigned char kFile${count}[] = {\n${bytes}};\n")
    string(APPEND rows "    {\"${url}\", \"${content_type}\", \"\\\"${hash}\\\"\", text_of(kFile${count})},\n")
    math(EXPR count "${count} + 1")
  endforeach()
  file(WRITE "${output}" "// Written by cmake/TandemEmbed.cmake.
#include <cstddef>

#include \"serve/web/assets.h\"

namespace tandem::serve {
namespace {
${arrays}
template <std::size_t N>
std::string_view text_of(const unsigned char (&bytes)[N]) {
  return {reinterpret_cast<const char*>(bytes), N};
}
}  // namespace

std::span<const Asset> assets() {
  static const Asset table[] = {
${rows}  };
  return table;
}

}  // namespace tandem::serve
")
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  string(REPLACE "|" ";" files "${TANDEM_EMBED_FILES}")
  tandem_embed_write("${TANDEM_EMBED_OUTPUT}" "${files}")
endif()
