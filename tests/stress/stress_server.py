# SPDX-License-Identifier: Apache-2.0
"""One `tandem serve` under stress: its process, its memory, what its help says it can."""

import functools
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.serve.models import sample, write_models
from benchmarks.serve.requests import BINARY, v2_request

ROOT = Path(__file__).resolve().parents[2]
TANDEM = Path(os.environ.get("TANDEM_BINARY", ROOT / "build/release/tandem"))
MODELS = ROOT / "build/peers/models"
START_SECONDS = 120  # a sanitized build on a busy machine is slow, not broken


class StressFailure(Exception):
    """What did not hold, as one sentence."""


def expect(held: bool, sentence: str) -> None:
    if not held:
        raise StressFailure(sentence)


@functools.cache
def serve_help() -> str:
    return subprocess.run([str(TANDEM), "serve", "--help"], capture_output=True, text=True, check=True).stdout


def good_request(model: str, form: str = BINARY) -> bytes:
    """The bytes of one inference."""
    request = v2_request(model, sample(model.split("_")[0]), form)
    return request.head().encode() + request.body


class StressServer:
    """`with StressServer(path): ...`; ends with SIGTERM, and fails when the server does not end well."""

    def __init__(self, source: Path, *options: str) -> None:
        if "--no-grpc" in serve_help():
            options = (*options, "--no-grpc")  # the port for HTTP speaks gRPC too; the other one may be in use
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log")
        self.process = subprocess.Popen(
            [str(TANDEM), "serve", str(source), "--port", "0", *options],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.told_to_end = False
        self.port = self._wait_for_port()

    def text(self) -> str:
        return Path(self.log.name).read_text()

    def _wait_for_port(self) -> int:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            if found := re.search(r"listening on http://\S+?:(\d+)", self.text()):
                return int(found[1])
            time.sleep(0.01)
        self.process.kill()
        raise StressFailure(f"the server did not start: {self.text()[-2000:]}")

    def alive(self) -> bool:
        return self.process.poll() is None

    def memory_mib(self) -> float:
        """Resident memory that is the process's own: anonymous, not the files it has mapped."""
        rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return int(re.search(r"Anonymous:\s+(\d+)", rollup)[1]) / 1024

    def terminate(self) -> None:
        """Once: a second signal would end it at once."""
        if not self.told_to_end:
            self.told_to_end = True
            self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float = 60) -> int:
        """Its exit code."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise StressFailure(f"the server had not ended {seconds:g} s after SIGTERM") from None

    def __enter__(self) -> "StressServer":
        return self

    def __exit__(self, kind, *_) -> None:
        try:
            by_itself = not self.told_to_end and not self.alive()
            if not by_itself:
                self.terminate()
            code = self.wait()
            if kind is None:
                expect(code == 0 and not by_itself, f"the server ended with {code}{' by itself' if by_itself else ''}: "
                                                    f"{self.text()[-2000:]}")  # fmt: skip
        finally:
            if self.alive():
                self.process.kill()
                self.process.wait()
            self.log.close()


def models() -> dict[str, Path]:
    return write_models(MODELS)
