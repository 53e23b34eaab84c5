# SPDX-License-Identifier: Apache-2.0
# Writes scenes.txt: scenes as tools/train/scenes.py draws them, for the C++ that draws the same ones.
"""usage: python tests/data/caption/make_scenes.py (needs numpy)

A line a scene: seed, index, side, caption and the pixels in hexadecimal, by row, column and channel, with tabs between them;
side 0 and no pixels where only the caption is held against."""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "tools" / "train"))
import scenes  # noqa: E402

HELD_OUT = 20261122
DRAWN = [(HELD_OUT, index, 24) for index in range(8)] + [(1, 0, 17), (1, 1, 40), ((1 << 64) - 1, 12345, 24)]
CAPTIONED = [(HELD_OUT, index, 0) for index in range(8, 208)] + [(20261121, 19999, 0), (0, 0, 0)]


def line(seed: int, index: int, side: int) -> str:
    scene = scenes.Scene(seed, index)
    pixels = scene.draw(side).tobytes().hex() if side else ""
    return "\t".join([str(seed), str(index), str(side), scene.caption, pixels]).rstrip("\t")


(HERE / "scenes.txt").write_text("".join(line(*key) + "\n" for key in DRAWN + CAPTIONED))
