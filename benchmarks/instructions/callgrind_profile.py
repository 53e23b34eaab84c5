# SPDX-License-Identifier: Apache-2.0
"""Reads what callgrind wrote: instructions by function, of each dump that the program asked for by name."""

import collections
import re
from pathlib import Path

TRIGGER = "desc: Trigger: Client Request: "


def self_costs(text: str) -> collections.Counter:
    """Instructions that each function executed itself, without those it called (the callgrind profile format)."""
    names: dict[str, str] = {}
    costs: collections.Counter = collections.Counter()
    function = ""
    skip_next = False  # the line after calls= is the cost of the callee
    for line in text.splitlines():
        if named := re.match(r"c?fn=(\(\d+\))(?: (.*))?$", line):
            if named[2]:
                names[named[1]] = named[2]
            if line.startswith("fn="):
                function = names[named[1]]
        elif line.startswith("calls="):
            skip_next = True
        elif line[:1] in "0123456789+-*" and line:
            if not skip_next:
                costs[function] += int(line.split()[1])
            skip_next = False
    return costs


def read_dumps(folder: Path) -> dict[str, collections.Counter]:
    """By the name of the dump: instructions by function. Dumps that nobody asked for (the end of a process) are left out."""
    dumps = {}
    for path in sorted(folder.iterdir()):
        text = path.read_text()
        if trigger := next((line for line in text.splitlines() if line.startswith(TRIGGER)), None):
            dumps[trigger.removeprefix(TRIGGER)] = self_costs(text)
    return dumps
