# SPDX-License-Identifier: Apache-2.0
"""docs/tour.md in one sitting: its commands in their order, in one folder, and what they print."""

import pytest

import documents
from conftest import ROOT
from python_interpreters import torch_python

TOUR = "docs/tour.md"
SNIPPETS = documents.snippets(TOUR)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the commands read of the repository, and a place for what they write."""
    here = tmp_path_factory.mktemp("sitting")
    for name in ("docs", "models"):
        (here / name).symlink_to(ROOT / name)
    return here


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.name)
def test_a_step_of_the_tour_prints_what_is_shown(folder, snippet):
    torch = torch_python()
    if snippet.needs_torch and torch is None:
        pytest.skip("no interpreter here has PyTorch (apt-get install python3-torch)")
    options = {"python": torch} if snippet.needs_torch else {}
    documents.assert_shown(snippet, documents.run(snippet, folder, **options))


@pytest.mark.parametrize("target", documents.links(TOUR))
def test_a_link_leads_somewhere(target):
    assert target.startswith("http") or (ROOT / "docs" / target).exists()
