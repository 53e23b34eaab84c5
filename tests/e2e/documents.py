# SPDX-License-Identifier: Apache-2.0
"""The snippets of our documents: which of them are tested, how they are run, and whether they print what is shown.

A tested snippet is a fenced block right after one of these lines:

  <!-- tested -->              it is run as it stands
  <!-- tested with torch -->   it is run where an interpreter has PyTorch

Right after its block may follow what it prints:

  <!-- answer -->   a JSON document: all that is shown is in the real one
  <!-- prints -->   text: every line that is shown is printed, in this order; numbers may be others, `...` stands for any text
"""

import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from program import ROOT, TANDEM

FENCE = r"```(\w+)\n(.*?)```"
SNIPPET = re.compile(rf"<!-- (tested[a-z ]*) -->\n{FENCE}\n(?:<!-- (answer|prints) -->\n{FENCE})?", re.DOTALL)
NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"


@dataclass(frozen=True)
class Snippet:
    language: str
    text: str
    shown_as: str  # "answer", "prints" or ""
    shown: str
    needs_torch: bool

    @property
    def name(self):
        return self.text.split("\n")[0][:60]


def snippets(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    return [Snippet(m[2], m[3], m[4] or "", m[6] or "", m[1] == "tested with torch") for m in SNIPPET.finditer(text)]


def links(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    return sorted(set(re.findall(r"\]\(([^)#]+)", text)))


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def run(snippet, folder, python=sys.executable, port=5003):
    """What it prints, run in `folder`. 5003 in it is the `port` of a server of the tests; 5013 is for one of its own."""
    text = snippet.text.replace("127.0.0.1:5003", f"127.0.0.1:{port}").replace("build/release/tandem", str(TANDEM))
    text = text.replace("5013", str(_free_port()))
    command = {"bash": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}[snippet.language]
    path = f"{TANDEM.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [*command, text], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=500,
        env={**os.environ, "PYTHONWARNINGS": "ignore", "PATH": path, "TANDEM_PYTHON": str(python)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assert_shown(snippet, printed):
    """That the document shows what is really printed."""
    assert printed.strip()
    if snippet.shown_as == "answer":
        _assert_promised(json.loads(snippet.shown), json.loads(printed))
    elif snippet.shown_as == "prints":
        _assert_lines(snippet.shown.splitlines(), printed)


def _assert_promised(promised, got, path="answer"):
    """Everything that is shown of an answer is in the real one; of times and numbers, the kind."""
    if isinstance(promised, dict):
        for key, value in promised.items():
            assert key in got, f"{path}.{key} is shown and missing from {got}"
            _assert_promised(value, got[key], f"{path}.{key}")
    elif isinstance(promised, float):
        assert got == pytest.approx(promised, abs=0.02), path
    elif path.endswith("timestamp"):
        assert len(got) == len(promised), path
    else:
        assert got == promised, path


def _pattern(line):
    """Spaces, numbers and `...` may be others."""
    parts = re.split(rf"(\.\.\.|{NUMBER}|\s+)", line.strip())
    as_pattern = lambda part: (
        r".*" if part == "..." else NUMBER if re.fullmatch(NUMBER, part) else r"\s+" if part.isspace() else re.escape(part)
    )
    return re.compile("".join(map(as_pattern, filter(None, parts))))


def _assert_lines(shown, printed):
    rest = iter(printed.splitlines())
    for line in filter(str.strip, shown):
        pattern = _pattern(line)
        assert any(pattern.search(each) for each in rest), f"shown, but not printed (in this order): {line}\n{printed}"
