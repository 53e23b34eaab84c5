# SPDX-License-Identifier: Apache-2.0
"""A program in a terminal of its own, for tests of what a person at a keyboard meets."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

import pytest


class Terminal:
    """`text` grows with everything that the program shows."""

    def __init__(self, command, cwd, environment=None, size=(40, 120)):
        try:
            self.outside, inside = pty.openpty()
        except OSError as error:
            pytest.skip(f"this machine gives no pseudo-terminals ({error}): mount devpts on /dev/pts")
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        self.before = termios.tcgetattr(inside)
        self.inside = inside
        self.process = subprocess.Popen(
            command, cwd=cwd, stdin=inside, stdout=inside, stderr=inside, start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})},
        )
        self.text = ""

    def read(self, seconds):
        """What comes within that time, at once when something does."""
        if not select.select([self.outside], [], [], seconds)[0]:
            return
        self.text += os.read(self.outside, 1 << 16).decode("utf-8", "replace")

    def wait_for(self, words, seconds=120):
        end = time.monotonic() + seconds
        while words not in self.text:
            assert self.process.poll() is None, f"it ended before '{words}':\n{self.text[-3000:]}"
            assert time.monotonic() < end, f"no '{words}' after {seconds} s:\n{self.text[-3000:]}"
            self.read(0.1)

    def press(self, key):
        """Forgets what was shown before, so that wait_for() sees what follows."""
        self.text = ""
        os.write(self.outside, key.encode())

    def wait(self, seconds=120):
        """The exit code; the program's last words are in `text`."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it did not end within {seconds} s:\n{self.text[-3000:]}"
            self.read(0.05)
        for _ in range(20):
            self.read(0.01)
        return self.process.returncode

    def settings(self):
        return termios.tcgetattr(self.inside)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.outside)
        os.close(self.inside)
