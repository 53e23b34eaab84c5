# SPDX-License-Identifier: Apache-2.0
"""Runs the snippets of the README that are marked as tested against a started server, as they stand."""

import json
import os
import re
import subprocess
import sys

import pytest

from conftest import ROOT, TANDEM

README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCE = r"```(\w+)\n(.*?)```"
SNIPPETS = re.findall(rf"<!-- tested -->\n{FENCE}\n(?:<!-- answer -->\n{FENCE})?", README, re.DOTALL)


def run(language, text, server):
    text = text.replace("127.0.0.1:5003", f"127.0.0.1:{server.port}").replace("build/release/tandem", str(TANDEM))
    command = ["bash", "-euo", "pipefail", "-c", text] if language == "bash" else [sys.executable, "-c", text]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
                          env={**os.environ, "PYTHONWARNINGS": "ignore"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assert_promised(promised, got, path="answer"):
    """Everything that the README shows of an answer is in the real one; of times and numbers, the kind."""
    if isinstance(promised, dict):
        for key, value in promised.items():
            assert key in got, f"{path}.{key} is shown in the README and missing from {got}"
            assert_promised(value, got[key], f"{path}.{key}")
    elif isinstance(promised, float):
        assert got == pytest.approx(promised, abs=0.02), path
    elif path.endswith("timestamp"):
        assert len(got) == len(promised), path
    else:
        assert got == promised, path


def test_the_readme_has_snippets_in_both_languages():
    assert {language for language, *_ in SNIPPETS} == {"bash", "python"}


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet[1].split("\n")[0][:40])
def test_a_snippet_runs(server, snippet):
    language, text, _, answer = snippet
    printed = run(language, text, server)
    assert printed.strip()
    if answer:
        assert_promised(json.loads(answer), json.loads(printed))


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)", README))))
def test_a_link_leads_somewhere(target):
    assert target.startswith("http") or (ROOT / target).exists()
