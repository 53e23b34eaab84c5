# SPDX-License-Identifier: Apache-2.0
"""The processes that a program has started, as /proc knows them, and waiting for what they do."""

import time
from pathlib import Path


def children_of(process):
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "status").read_text()
        except OSError:
            continue  # it has just ended
        if f"PPid:\t{process}\n" in status:
            found.append(int(folder.name))
    return sorted(found)


def workers_of(process):
    """The processes of the sides: the program itself, once more."""
    return [child for child in children_of(process) if b"measure-worker" in Path(f"/proc/{child}/cmdline").read_bytes()]


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come true")


def is_gone(process):
    try:
        return "\nState:\tZ" in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return True
