#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what every source file of ours must have: licence line, purpose line, a length that can be read, no loose ends.

usage: files.py [ROOT]   prints one line a violation (file:line: what to do); exit 1 if there is one
"""

import re
import subprocess
import sys
from pathlib import Path

MAX_LINES = 400
COMMENT = {
    ".h": "//", ".cpp": "//", ".ts": "//", ".js": "//", ".py": "#", ".sh": "#", ".cmake": "#", ".css": "/*",
    "CMakeLists.txt": "#", "dev": "#", "run": "#",
}
LICENCE = "SPDX-License-Identifier: Apache-2.0"
LOOSE_END = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
# Home and work directories of one machine; a path like that works nowhere else.
MACHINE_PATH = re.compile(r"(?<![\w.<>*$}/-])/(?:home|Users|ro" r"ot|wo" r"rk|fa" r"rm)/\w")
# A purpose line is a sentence, not a title.
MIN_PURPOSE = 15


def kind_of(path):
    return path.name if path.name in COMMENT else path.suffix


def check_head(name, lines, comment):
    """Licence and purpose, after a #! line."""
    first = 1 if lines and lines[0].startswith("#!") else 0
    if len(lines) <= first or LICENCE not in lines[first]:
        yield first + 1, f"line {first + 1} must be '{comment} {LICENCE}'."
        return
    if name == "CMakeLists.txt":
        return  # its folder's name and its targets say it
    purpose = lines[first + 1].strip() if len(lines) > first + 1 else ""
    if not (purpose.startswith(comment) or purpose.startswith('"""')) or len(purpose) < MIN_PURPOSE:
        yield first + 2, "the line after the licence must say in one sentence what the file is for."


def check_text(path, text):
    """(line, what to do) for each violation in a file of ours."""
    lines = text.splitlines()
    kind = kind_of(path)
    if kind in COMMENT:
        yield from check_head(path.name, lines, COMMENT[kind])
        if len(lines) > MAX_LINES and kind != ".css":
            yield len(lines), f"{len(lines)} lines; at most {MAX_LINES}: split it by concept."
        if kind == ".h" and "#pragma once" not in lines:
            yield 1, "a header needs '#pragma once'."
    for number, line in enumerate(lines, 1):
        if kind in COMMENT and LOOSE_END.search(line):
            yield number, "a loose end is written down here; finish it, or open an issue and remove the mark."
        if MACHINE_PATH.search(line):
            yield number, "this path exists on one machine only; derive it, or take it as an argument."


def tracked_files(root):
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True,
    ).stdout
    return [root / name for name in listed.decode().split("\0") if name]


def main(arguments):
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2]
    failed = False
    for path in sorted(tracked_files(root)):
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # a picture, a model; or deleted and not committed yet
        for line, what in check_text(path, text):
            print(f"{path.relative_to(root)}:{line}: {what}")
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
