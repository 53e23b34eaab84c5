# SPDX-License-Identifier: Apache-2.0
# add_module: one folder of src/ becomes one library and one test program.

# add_module(NAME
#   [HEADERS x.h ...]    public headers, relative to the folder
#   [SOURCES x.cpp ...]
#   [TESTS x_test.cpp ...]
#   [USES core ...]      modules below it; `layers` (tools/check/layers.py) checks the includes against the floors
#   [LINKS Pkg::lib ...] third-party targets; they stay private: no public header names them
#   [TEST_LINKS ...])    what only the tests need
# The library is `tandem_NAME`, the test program `NAME_test`. A name with a slash (engines/onnxruntime) becomes
# `tandem_engines_onnxruntime`.
function(add_module NAME)
  cmake_parse_arguments(M "" "" "HEADERS;SOURCES;TESTS;USES;LINKS;TEST_LINKS" ${ARGN})
  string(REPLACE "/" "_" id "${NAME}")
  set(target tandem_${id})

  add_library(${target} STATIC ${M_SOURCES} ${M_HEADERS})
  # g++ inlines less in a large unit: what a request passes through is compiled source by source where speed counts (a binary
  # infer call executes 7 % more instructions otherwise).
  if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NAME MATCHES "^(base|core|engine|engines|pipeline|schedule|serve)(/|$)")
    set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
  endif()
  target_include_directories(${target} PUBLIC "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(${target} PRIVATE tandem_options ${M_LINKS})
  foreach(used ${M_USES})
    string(REPLACE "/" "_" used_id "${used}")
    target_link_libraries(${target} PUBLIC tandem_${used_id})
  endforeach()
  if(NOT NAME STREQUAL "base")
    target_link_libraries(${target} PUBLIC tandem_base)
  endif()

  if(TANDEM_TESTS AND M_TESTS)
    add_executable(${id}_test ${M_TESTS})
    target_link_libraries(${id}_test PRIVATE
      ${target} tandem_options ${M_LINKS} ${M_TEST_LINKS} GTest::gtest GTest::gmock GTest::gtest_main)
    target_include_directories(${id}_test PRIVATE "${PROJECT_SOURCE_DIR}/tests")
    target_compile_definitions(${id}_test PRIVATE TANDEM_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    add_test(NAME ${id} COMMAND ${id}_test)
    set_tests_properties(${id} PROPERTIES TIMEOUT 300 LABELS unit)
  endif()
endfunction()
