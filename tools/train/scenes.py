# SPDX-License-Identifier: Apache-2.0
# Draws synthetic scenes of one or two coloured shapes with their captions; every formula is in it.
"""The recipe, simple enough to be written again in another language with the same scenes:

Conventions
  Lengths are in sides of the square picture: (0, 0) is its upper left corner, (1, 1) the lower right one, x goes right, y
  down. Pixel j of `side` has its centre at (j + 0.5) / side. Colours are linear in the stored value, 0 black .. 1 full.
  "U(a, b)" is a + (b - a) u with the next draw u. A choice of n things takes number floor(n u). Draws are in the order
  in which they are written here. All sums are in double precision.

Randomness (SplitMix64, all in unsigned 64-bit arithmetic)
  mix(z): z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;  z = (z ^ z >> 27) * 0x94D049BB133111EB;  z ^ z >> 31
  The state of scene `index` of `seed` starts at mix(seed) + mix(index + 0x9E3779B97F4A7C15).
  A draw: state += 0x9E3779B97F4A7C15;  u = (mix(state) >> 11) * 2^-53.
  Noise of value i = (row * side + column) * 3 + channel: h = mix(state after the last draw + (i + 1) * 0x9E3779B97F4A7C15);
  the four 16-bit parts of h are added, n = (sum - 131070) / 37837: mean 0, standard deviation 1, never beyond 3.5.

Captions: "a SIZE COLOUR SHAPE" and one of "at the left|right|top|bottom", "in the center"; or "RELATION a SIZE COLOUR SHAPE"
with "left of", "right of", "above", "below"; then "on a dark|bright background". Of a large and a small shape the large one
is said first; of two of one size the left or the upper one. So each scene has exactly one caption.

Size classes, places and brightnesses have gaps between them, so that the words can be told from the picture. It is a
drawing for demonstrations, self-tests and tests of speed. Deterministic: the same seed and index give the same scene.
"""
from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SIZES = {"small": (.07, .095), "large": (.125, .16)}  # radius of the circle of about the same area
COLORS = {"red": (.85, .12, .12), "green": (.12, .65, .18), "blue": (.12, .25, .85), "yellow": (.92, .82, .12),
          "purple": (.55, .15, .70)}
SHAPES = ("circle", "square", "triangle", "ring", "cross")
RELATIONS = ("left of", "right of", "above", "below")
PLACES = ("at the left", "at the right", "at the top", "at the bottom", "in the center")
BACKGROUNDS = {"dark": (.08, .30), "bright": (.68, .90)}
WORDS = ("<pad>", "<start>", "<end>", "<unk>", "a", "small", "large", *COLORS, *SHAPES, "left", "right", "of", "above",
         "below", "at", "in", "the", "center", "top", "bottom", "on", "dark", "bright", "background")
PAD, START, END, UNKNOWN = 0, 1, 2, 3
LONGEST = 15  # words of the longest caption, with its <end>
REACH = 1.35  # no shape reaches further than this many radii from its centre
GAP = .02  # between two shapes
GOLDEN, MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1


def mix(z: int) -> int:
    """SplitMix64's output function."""
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


class Draws:
    """The stream of one scene."""

    def __init__(self, seed: int, index: int) -> None:
        self.state = (mix(seed) + mix(index + GOLDEN & MASK)) & MASK

    def uniform(self, low: float, high: float) -> float:
        self.state = self.state + GOLDEN & MASK
        return low + (high - low) * ((mix(self.state) >> 11) * 2.0**-53)

    def choose(self, things: tuple | dict):
        return tuple(things)[int(self.uniform(0, len(things)))]

    def noise(self, side: int) -> np.ndarray:
        """float64 [side, side, 3]; takes no draw."""
        with np.errstate(over="ignore"):
            z = np.arange(1, side * side * 3 + 1, dtype=np.uint64) * np.uint64(GOLDEN) + np.uint64(self.state)
            z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        parts = (z ^ z >> np.uint64(31)).view(np.uint16).reshape(-1, 4)
        return ((parts.sum(1, dtype=np.int64) - 131070) / 37837).reshape(side, side, 3)


@dataclass
class Thing:
    """One shape: what it is called, and how it is drawn. angle in radians, x towards y."""
    size: str
    color: str
    shape: str
    radius: float
    angle: float
    rgb: tuple[float, float, float]
    x: float = 0.0
    y: float = 0.0

    @property
    def words(self) -> str:
        return f"a {self.size} {self.color} {self.shape}"

    @property
    def reach(self) -> float:
        return REACH * self.radius

    def distance(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Distance of points to the edge, negative inside; beyond corners a lower bound of it.
        With (u, v) = the point seen from the centre and turned by -angle, r = radius:
        circle   |(u, v)| - r
        ring     ||(u, v)| - .78 r| - .27 r
        square   max(|u|, |v|) - .89 r
        triangle max(v, |u| sqrt(3) / 2 - v / 2) - .66 r       (a corner at the top)
        cross    min(max(|u| - 1.05 r, |v| - .36 r), max(|u| - .36 r, |v| - 1.05 r))"""
        c, s, r = math.cos(self.angle), math.sin(self.angle), self.radius
        u, v = (x - self.x) * c + (y - self.y) * s, (y - self.y) * c - (x - self.x) * s
        if self.shape == "circle":
            return np.sqrt(u * u + v * v) - r
        if self.shape == "ring":
            return np.abs(np.sqrt(u * u + v * v) - .78 * r) - .27 * r
        u_abs, v_abs = np.abs(u), np.abs(v)
        if self.shape == "square":
            return np.maximum(u_abs, v_abs) - .89 * r
        if self.shape == "triangle":
            return np.maximum(v, u_abs * (math.sqrt(3) / 2) - v / 2) - .66 * r
        return np.minimum(np.maximum(u_abs - 1.05 * r, v_abs - .36 * r), np.maximum(u_abs - .36 * r, v_abs - 1.05 * r))


def draw_thing(draws: Draws) -> Thing:
    """Size, colour, shape, radius, angle, then each channel of the colour moved by U(-.07, .07)."""
    size, color, shape = draws.choose(SIZES), draws.choose(COLORS), draws.choose(SHAPES)
    radius, angle = draws.uniform(*SIZES[size]), draws.uniform(-.3, .3)
    return Thing(size, color, shape, radius, angle, tuple(base + draws.uniform(-.07, .07) for base in COLORS[color]))


def place_one(draws: Draws, thing: Thing) -> str:
    """Puts the thing somewhere; returns the place's words. Center: both coordinates .5 + U(-.07, .07). Else, with
    o = U(.2, .5 - reach) from the centre to that side, the other coordinate is .5 + U(-.6, .6) o."""
    place = draws.choose(PLACES)
    if place == "in the center":
        thing.x, thing.y = .5 + draws.uniform(-.07, .07), .5 + draws.uniform(-.07, .07)
        return place
    offset = draws.uniform(.2, .5 - thing.reach)
    across = .5 + draws.uniform(-.6, .6) * offset
    along = .5 - offset if place in ("at the left", "at the top") else .5 + offset
    thing.x, thing.y = (along, across) if place in ("at the left", "at the right") else (across, along)
    return place


def place_two(draws: Draws, first: Thing, second: Thing) -> str:
    """Puts two things beside or above each other; returns the relation's words. The relation is the next choice, of "left
    of" and "above" alone when both have one size. Of the two, n is the nearer to the left or upper edge, f the other.
    Along the relation: d = U(n.reach + f.reach + GAP, 1 - n.reach - f.reach) between them,
    n at U(n.reach, 1 - d - f.reach). Across: n at U(n.reach, 1 - n.reach), f at
    U(max(f.reach, n - d / 1.7), min(1 - f.reach, n + d / 1.7))."""
    relation = draws.choose(RELATIONS if first.size != second.size else ("left of", "above"))
    near, far = (first, second) if relation in ("left of", "above") else (second, first)
    distance = draws.uniform(near.reach + far.reach + GAP, 1 - near.reach - far.reach)
    near_along = draws.uniform(near.reach, 1 - distance - far.reach)
    near_across = draws.uniform(near.reach, 1 - near.reach)
    far_across = draws.uniform(max(far.reach, near_across - distance / 1.7),
                               min(1 - far.reach, near_across + distance / 1.7))
    near_at, far_at = (near_along, near_across), (near_along + distance, far_across)
    if relation in ("above", "below"):
        near_at, far_at = near_at[::-1], far_at[::-1]
    (near.x, near.y), (far.x, far.y) = near_at, far_at
    return relation


class Background:
    """What the shapes lie on: one of two brightnesses, a tint, a gradient and waves; and the light over everything."""

    def __init__(self, draws: Draws) -> None:
        self.word = draws.choose(BACKGROUNDS)
        level = draws.uniform(*BACKGROUNDS[self.word])
        self.rgb = tuple(level + draws.uniform(-.05, .05) for _ in range(3))
        self.gradient, self.gradient_angle = draws.uniform(0, .12), draws.uniform(0, 2 * math.pi)
        # Two waves: amplitude, cycles over the picture, direction, phase.
        self.waves = [(draws.uniform(0, .04), draws.uniform(1, 9), draws.uniform(0, 2 * math.pi),
                       draws.uniform(0, 2 * math.pi)) for _ in range(2)]
        self.gain, self.shade, self.shade_angle = draws.uniform(.8, 1.1), draws.uniform(0, .3), draws.uniform(0, 2 * math.pi)
        self.grain = draws.uniform(.004, .03)  # standard deviation of the noise

    def paint(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """float64 [rows, columns, 3]: rgb + gradient t(gradient_angle) + sum of amplitude sin(2 pi cycles t(direction) +
        phase), with t(a) = (x - .5) cos a + (y - .5) sin a."""
        pattern = self.gradient * along(x, y, self.gradient_angle)
        for amplitude, cycles, direction, phase in self.waves:
            pattern = pattern + amplitude * np.sin(2 * math.pi * cycles * along(x, y, direction) + phase)
        return np.array(self.rgb) + pattern[..., None]

    def light(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """float64 [rows, columns, 1]: gain (1 + shade t(shade_angle)), which everything is multiplied with."""
        return (self.gain * (1 + self.shade * along(x, y, self.shade_angle)))[..., None]


def along(x: np.ndarray, y: np.ndarray, angle: float) -> np.ndarray:
    return (x - .5) * math.cos(angle) + (y - .5) * math.sin(angle)


class Scene:
    """Scene `index` of `seed`. Draws: the background; one thing when U(0, 1) < .25, else two, where the second one's colour
    becomes the next one of COLORS when the two would have the same colour and shape; then their places."""

    def __init__(self, seed: int, index: int) -> None:
        self.draws = Draws(seed, index)
        self.background = Background(self.draws)
        alone = self.draws.uniform(0, 1) < .25
        self.things = [draw_thing(self.draws)]
        if alone:
            where = place_one(self.draws, self.things[0])
        else:
            self._add_second()
            where = f"{place_two(self.draws, *self.things)} {self.things[1].words}"
        self.caption = f"{self.things[0].words} {where} on a {self.background.word} background"

    def _add_second(self) -> None:
        """The large one goes first."""
        first, second = self.things[0], draw_thing(self.draws)
        if (first.color, first.shape) == (second.color, second.shape):
            names = list(COLORS)
            other = names[(names.index(second.color) + 1) % len(names)]
            moved = (b - a for a, b in zip(COLORS[second.color], second.rgb))
            second.color, second.rgb = other, tuple(base + move for base, move in zip(COLORS[other], moved))
        self.things = [second, first] if (first.size, second.size) == ("small", "large") else [first, second]

    def draw(self, side: int) -> np.ndarray:
        """uint8 [side, side, 3], RGB. A shape covers max(0, min(1, .5 - distance * side)) of a pixel; the colour under it
        keeps the rest. Then light, noise times grain, and floor(255 v + .5) of v between 0 and 1."""
        axis = (np.arange(side) + .5) / side
        x, y = axis[None, :], axis[:, None]
        picture = self.background.paint(x, y)
        for thing in self.things:
            cover = np.clip(.5 - thing.distance(x, y) * side, 0, 1)[..., None]
            picture = picture * (1 - cover) + np.array(thing.rgb) * cover
        picture = picture * self.background.light(x, y) + self.background.grain * self.draws.noise(side)
        return np.floor(np.clip(picture, 0, 1) * 255 + .5).astype(np.uint8)

    def word_ids(self) -> list[int]:
        """The caption's words and <end>, filled with <pad> to LONGEST."""
        ids = [WORDS.index(word) for word in self.caption.split()] + [END]
        return ids + [PAD] * (LONGEST - len(ids))


def main() -> None:
    """Writes scenes as PNG and their captions as JSON."""
    from PIL import Image
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1), parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--side", type=int, default=112)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    captions = {}
    for index in range(args.count):
        scene = Scene(args.seed, index)
        Image.fromarray(scene.draw(args.side)).save(args.out / f"scene_{index:04d}.png")
        captions[f"scene_{index:04d}.png"] = scene.caption
    (args.out / "captions.json").write_text(json.dumps(captions, indent=2) + "\n")


if __name__ == "__main__":
    main()
