# SPDX-License-Identifier: Apache-2.0
"""Tests of layers.py: each kind of violation is found, and the house as it stands is not accused."""

import pytest

import layers


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "src"
    for module in ("base", "core", "engine", "engines/onnxruntime", "serve/http", "serve/v2", "app", "pipeline"):
        (folder / module).mkdir(parents=True)
    return folder


def violations(source, file, text):
    path = source / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return [str(v) for v in layers.check_tree(source)]


def test_an_include_that_goes_up_is_named_with_file_line_and_what_is_allowed(source):
    [found] = violations(source, "core/tensor.h", '#pragma once\n#include "engine/engine.h"\n')
    assert found.startswith("src/core/tensor.h:2: module 'core' includes module 'engine'")
    assert "allowed: base" in found


def test_base_may_not_include_core(source):
    assert violations(source, "base/file.cpp", '#include "core/tensor.h"\n')


def test_everyone_may_include_base_and_core(source):
    assert not violations(source, "serve/http/parser.cpp", '#include "base/error.h"\n#include "core/tensor.h"\n')


def test_a_part_of_serve_has_a_rule_of_its_own(source):
    assert not violations(source, "serve/v2/infer.cpp", '#include "serve/http/message.h"\n')
    assert violations(source, "serve/http/server.cpp", '#include "serve/v2/infer.h"\n')


def test_an_engine_may_not_include_another_engine(source):
    assert violations(source, "engines/onnxruntime/x.cpp", '#include "engines/openvino/engine.h"\n')


def test_only_app_names_engines(source):
    assert not violations(source, "app/engines.cpp", '#include "engines/onnxruntime/engine.h"\n')
    assert violations(source, "pipeline/step.cpp", '#include "engines/onnxruntime/engine.h"\n')


def test_an_sdk_header_stays_in_its_engine(source):
    assert not violations(source, "engines/onnxruntime/x.cpp", "#include <onnxruntime_cxx_api.h>\n")
    [found] = violations(source, "engine/engine.cpp", "#include <onnxruntime_cxx_api.h>\n")
    assert "only engines/onnxruntime may include it" in found


def test_a_json_library_may_stand_in_a_source_but_not_in_a_header(source):
    assert not violations(source, "engine/a.cpp", "#include <nlohmann/json.hpp>\n")
    assert violations(source, "engine/a.h", "#include <nlohmann/json.hpp>\n")


def test_a_relative_include_is_refused(source):
    [found] = violations(source, "core/tensor.cpp", '#include "tensor.h"\n')
    assert "from the root of src/" in found


def test_support_is_for_tests_only(source):
    assert not violations(source, "engine/a_test.cpp", '#include "support/temp_dir.h"\n')
    assert violations(source, "engine/a.cpp", '#include "support/temp_dir.h"\n')


def test_a_module_that_the_table_does_not_know_is_reported(source):
    [found] = violations(source, "miscellany/a.cpp", "int x;\n")
    assert "not in the table" in found
