# SPDX-License-Identifier: Apache-2.0
"""Fixtures of ./dev protocol: a server over the demo models with every extension switched on."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from server_process import DEMO_STORE, lasting_server  # noqa: E402 (in the folder just named)

DIGITS = "classification_cnn_digits_20261121"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    traces = tmp_path_factory.mktemp("traces") / "trace.json"
    with lasting_server(DEMO_STORE, "--admin", "--shared-memory", "--trace-file", str(traces)) as server:
        yield server
