# SPDX-License-Identifier: Apache-2.0
"""The command line program as the end-to-end tests call it: `tandem(...)`, and what each call is expected to do."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TANDEM = Path(os.environ.get("TANDEM_BINARY", ROOT / "build/dev/tandem"))


class Program:
    """Runs in the root of the repository. The Python engine gets `python`, else the interpreter of the tests."""

    def __call__(self, *arguments, timeout=300, python=sys.executable):
        """The completed process, whatever came of it."""
        return subprocess.run(
            [str(TANDEM), *map(str, arguments)], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=timeout, env={**os.environ, "TANDEM_PYTHON": str(python)},
        )  # fmt: skip

    def succeed(self, *arguments, **options):
        """What it prints; exit code 0."""
        done = self(*arguments, **options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments, **options):
        """What it prints with --json, parsed; exit code 0."""
        return json.loads(self.succeed(*arguments, "--json", **options))

    def refuse(self, *arguments, **options):
        """What it complains of, a sentence or a few; exit code 1."""
        done = self(*arguments, **options)
        assert done.returncode == 1, done.stdout + done.stderr
        assert 20 < len(done.stderr) < 1500
        return done.stderr


tandem = Program()
