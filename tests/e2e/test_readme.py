# SPDX-License-Identifier: Apache-2.0
"""Runs the snippets of the README that are marked as tested against a started server, as they stand."""

import pytest

import documents
from conftest import ROOT

SNIPPETS = documents.snippets("README.md")


def test_the_readme_has_snippets_in_both_languages():
    assert {snippet.language for snippet in SNIPPETS} == {"bash", "python"}


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.name)
def test_a_snippet_runs(server, snippet):
    documents.assert_shown(snippet, documents.run(snippet, ROOT, port=server.port))


@pytest.mark.parametrize("target", documents.links("README.md"))
def test_a_link_leads_somewhere(target):
    assert target.startswith("http") or (ROOT / target).exists()
