# SPDX-License-Identifier: Apache-2.0
"""A `tandem serve` process for tests: started, watched, ended as a service manager would."""

import contextlib
import re
import signal
import subprocess
import threading
import time

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


@contextlib.contextmanager
def lasting_server(store, *options):
    """A ready Server for as long as the block runs, in which it must not die and after which it must end well."""
    server = Server(store, *options)
    try:
        yield wait_until_ready(server.wait_until_listening())
        assert server.alive(), f"the server died during the tests:\n{server.log}"
    finally:
        code = server.stop()
    assert code == 0, f"exit code {code} after SIGTERM:\n{server.log}"
