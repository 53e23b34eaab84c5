# SPDX-License-Identifier: Apache-2.0
"""Refuses TRY behind an element of a braced list: g++ 12 forgets to destroy what stands before it when TRY returns.

usage: try_in_braces.py [FOLDER ...]   src when none is named; prints one line a place; exit 1 if there is one
{name, TRY(read())} leaks `name` when read() fails: give the value a name of its own first.
"""

import re
import sys
from pathlib import Path

# Comments, texts and characters, which may hold brackets; what is left of them is as long, so that lines stay where they are.
SILENT = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?:.*?)\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.DOTALL)
# What stands before a brace that begins statements or members, and not a list.
BLOCK = re.compile(
    r"(?:\)|\belse|\bdo|\btry|\bconst|\bnoexcept|\boverride|\bfinal|\bmutable|;|\{|\}|:|\b(?:namespace|struct|class|enum|union)\b[^;{}()]*|->\s*[\w:<>,\s*&]+|\])\s*$"
)


def silenced(text: str) -> str:
    return SILENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def is_list(text: str, brace: int) -> bool:
    """Whether the brace at this place begins a list of values."""
    before = text[max(0, brace - 200) : brace]
    if re.search(r"[(,{=]\s*$|\breturn\s*$", before):
        # A brace after '{' or ',' may be a block only at the begin of one; lists within lists are told by their comma.
        return True
    return BLOCK.search(before) is None


def findings(text: str) -> list[int]:
    """The lines of each TRY that stands behind another element of a braced list."""
    text = silenced(text)
    found, open_brackets = [], []  # of each: the character, whether it begins a list, whether a comma has come in it
    for match in re.finditer(r"[(){}\[\];,]|\bTRY\(", text):
        token = match[0]
        if token in "({[":
            open_brackets.append([token, token == "{" and is_list(text, match.start()), False])
        elif token in ")}]":
            if open_brackets:
                open_brackets.pop()
        elif token == ",":
            if open_brackets:
                open_brackets[-1][2] = True
        elif token == ";":
            if open_brackets and open_brackets[-1][0] == "{":
                open_brackets[-1][1] = False  # statements after all
        else:
            for bracket, lists, comma in reversed(open_brackets):
                if bracket == "{" and not lists:
                    break
                if bracket == "{" and comma:
                    found.append(text.count("\n", 0, match.start()) + 1)
                    break
            open_brackets.append(["(", False, False])
    return found


def main() -> int:
    wrong = 0
    for folder in sys.argv[1:] or [Path(__file__).parents[2] / "src"]:
        for path in sorted(Path(folder).rglob("*")):
            if path.suffix not in (".cpp", ".h"):
                continue
            for line in findings(path.read_text()):
                print(f"{path}:{line}: TRY behind an element of a braced list leaks that element when it returns (g++ 12): "
                      "name the value first")  # fmt: skip
                wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
