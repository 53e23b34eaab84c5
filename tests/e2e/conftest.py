# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end tests: a started `tandem serve`, over the demo store or over small models made here."""

import re
import signal
import subprocess
import threading
import time

import pytest

import program
import type_models
from program import ROOT, TANDEM

DEMO_STORE = ROOT / "models"
# A sanitized program on a busy machine of two cores is slow, not broken.
START_SECONDS = 120


class Server:
    """One `tandem serve` process; `log` grows with everything it prints."""

    def __init__(self, store, *options):
        command = [str(TANDEM), "serve", str(store), "--port", "0", *options]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines = []
        self._listening = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = None
        self.url = None

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            if "listening on http" in line:
                self._listening.set()
        self._listening.set()  # it ended: nothing more will come

    @property
    def log(self):
        return "".join(self.lines)

    def wait_until_listening(self):
        assert self._listening.wait(START_SECONDS), f"no address after {START_SECONDS} s:\n{self.log}"
        found = re.search(r"listening on https?://([^\s:]+):(\d+)", self.log)
        assert found, f"tandem serve ended without an address:\n{self.log}"
        self.port = int(found.group(2))
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def alive(self):
        return self.process.poll() is None

    def stop(self, seconds=60):
        """Ends the server as a service manager would; returns its exit code."""
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server did not end within {seconds} s of SIGTERM:\n{self.log}") from None
        self._reader.join(5)
        return code


def wait_until_ready(server, seconds=START_SECONDS):
    import requests

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert server.alive(), f"the server ended:\n{server.log}"
        if requests.get(f"{server.url}/v2/health/ready", timeout=10).status_code == 200:
            return server
        time.sleep(0.05)
    raise AssertionError(f"not ready after {seconds} s:\n{server.log}")


@pytest.fixture
def start_server():
    """start_server(store, *options) -> a ready Server of this test alone; ended with the test."""
    servers = []

    def start(store=DEMO_STORE, *options):
        servers.append(Server(store, *options))
        return wait_until_ready(servers[-1].wait_until_listening())

    yield start
    for server in servers:
        server.stop()


def _session_server(store):
    server = Server(store)
    try:
        yield wait_until_ready(server.wait_until_listening())
        assert server.alive(), f"the server died during the tests:\n{server.log}"
    finally:
        code = server.stop()
    assert code == 0, f"exit code {code} after SIGTERM:\n{server.log}"


@pytest.fixture(scope="session")
def server():
    """A server over the demo store."""
    yield from _session_server(DEMO_STORE)


@pytest.fixture(scope="session")
def type_store(tmp_path_factory):
    """A store of small models, one an element type and some odd ones; see type_models.py."""
    return type_models.write_store(tmp_path_factory.mktemp("type-store"))


@pytest.fixture(scope="session")
def type_server(type_store):
    """A server over the models of type_models.py."""
    yield from _session_server(type_store)


@pytest.fixture(scope="session")
def tandem():
    """The command line program; see program.py."""
    return program.tandem
