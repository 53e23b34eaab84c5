# SPDX-License-Identifier: Apache-2.0
"""Tests of try_in_braces.py: lists that leak are found, blocks and calls are not accused."""

import pytest

import try_in_braces


@pytest.mark.parametrize(
    "line",
    [
        'Place place{name, TRY(read())};',
        'return Place{name, TRY(read())};',
        'items.push_back({name, TRY(read())});',
        'std::vector<std::string> all = {name, TRY(read())};',
        'add("Add", {name, other(TRY(read()))});',
        'Place place{name,\n            other{TRY(read())}};',
    ],
)  # fmt: skip
def test_a_try_behind_an_element_of_a_list_is_found(line):
    assert try_in_braces.findings(f"void f() {{\n  {line}\n}}\n")


@pytest.mark.parametrize(
    "line",
    [
        'const auto value = TRY(read(a, b));',
        'Place place{TRY(read())};',
        'call(name, TRY(read()));',
        'call(name, [&] { return TRY(read()); });',
        'for (const auto& [a, b] : all) TRY(read(a, b));',
        'if (a) { f(a, b); TRY(read()); }',
        'log("{a, TRY(", 1);  // {a, TRY(b)}',
    ],
)  # fmt: skip
def test_others_are_not(line):
    assert try_in_braces.findings(f"void f() {{\n  {line}\n}}\n") == []


def test_the_line_is_that_of_the_try():
    assert try_in_braces.findings("int a;\nPlace place{name,\n            TRY(read())};\n") == [3]
