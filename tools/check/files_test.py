# SPDX-License-Identifier: Apache-2.0
"""Tests of files.py: each rule catches its violation and leaves a good file alone."""

from pathlib import Path

import files

HEAD = "// SPDX-License-Identifier: Apache-2.0\n// What this file is for, in one sentence.\n"


def found(name, text):
    return [f"{line}: {what}" for line, what in files.check_text(Path(name), text)]


def test_a_good_header_passes():
    assert found("a.h", HEAD + "#pragma once\n") == []


def test_a_good_script_may_begin_with_an_interpreter_line():
    text = '#!/usr/bin/env python3\n# SPDX-License-Identifier: Apache-2.0\n"""What this script is for."""\n'
    assert found("a.py", text) == []


def test_a_missing_licence_is_found():
    assert found("a.cpp", "int x;\n")[0].startswith("1: line 1 must be '// SPDX")


def test_a_missing_purpose_is_found():
    assert found("a.cpp", "// SPDX-License-Identifier: Apache-2.0\n#include <vector>\n")[0].startswith("2: ")


def test_a_header_without_its_guard_is_found():
    assert found("a.h", HEAD) == ["1: a header needs '#pragma once'."]


def test_a_file_that_is_too_long_is_found():
    assert "at most 400" in found("a.cpp", HEAD + "\n" * 399)[0]


def test_a_loose_end_is_found():
    assert found("a.cpp", HEAD + "// TO" + "DO later\n")[0].startswith("3: a loose end")


def test_the_path_of_one_machine_is_found_in_any_file():
    for path in ("/home/" + "someone/x", "/wo" + "rk/main"):
        assert "one machine" in found("README.md", f"see {path}\n")[0]


def test_a_url_or_a_variable_is_no_machine_path():
    assert found("README.md", "https://example.org/home/page and $PREFIX/home/page\n") == []


def test_other_kinds_of_files_need_no_licence_line():
    assert found("notes.md", "# Notes\n") == []
