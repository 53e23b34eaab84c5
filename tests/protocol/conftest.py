# SPDX-License-Identifier: Apache-2.0
"""Fixtures of ./dev protocol: a server over the demo models with every extension switched on."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from server_process import DEMO_STORE, Server, wait_until_ready  # noqa: E402 (in the folder just named)

DIGITS = "classification_cnn_digits_20261121"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    traces = tmp_path_factory.mktemp("traces") / "trace.json"
    server = Server(DEMO_STORE, "--admin", "--shared-memory", "--trace-file", str(traces))
    try:
        yield wait_until_ready(server.wait_until_listening())
        assert server.alive(), f"the server died during the tests:\n{server.log}"
    finally:
        code = server.stop()
    assert code == 0, f"exit code {code} after SIGTERM:\n{server.log}"
