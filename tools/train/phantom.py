# SPDX-License-Identifier: Apache-2.0
# Draws synthetic ultrasound frames of a neck artery and vein under a pressing probe, with exact masks and compressibility.
"""The phantom: echo power map -> speckle -> log compression -> 8-bit frame, with ground truth.

Conventions
  Length unit is the *phantom pixel*: the field of view is 128 x 128 of them, whatever the frame size. Pixel j covers
  [j, j+1], its centre is j + 0.5. x is lateral (to the right), y is axial (depth, downwards). Powers are linear and
  dimensionless; "10^U(a, b)" is ten to a uniform draw. A press p in [0, 1] is how far the probe is pushed in.

Geometry
  Both vessels are ellipses of semi-axes a >= b (px), q = b / a. The wall folds but does not stretch, so the perimeter
  stays that of the resting circle of radius r:  a = 2 pi r / P(q),  b = q a,  with Ramanujan's perimeter of an ellipse
  with semi-axes 1 and q:  P(q) = pi (3 (1 + q) - sqrt((3 + q) (1 + 3 q))).
  Compressibility (CAC, the eccentricity used by POCUS-Tool `calculate_CAC.py`):  cac = sqrt(1 - q^2), 0 round, 1 flat.

Sequence of `frames` frames at `fps`, u = t / (frames - 1):
  p(u)     = (1 - cos(pi min(u / 0.4, 1))) / 2            raised cosine over the first 40 % of the clip, then held
  q_vein   = rest + (end - rest) min(1, p / lead)          end < .02 in both kinds: the vein always collapses first
  q_artery = (rest + (end - rest) p) (1 + A sin(2 pi f t / fps + phase))
             'arrest': end .20-.30, A = 0;  'rosc': end .60-.88, A = .02-.06, f = 60-110 per minute;
             'any' (training only): end .15-.95, A = 0-.06
  depth    : everything at depth y moves to y (1 - squeeze p)

This is a drawing, not acoustics: it is meant for demonstrations, self-tests and latency tests, never as evidence about
patients. Deterministic: the same seed, patient, kind and frame index give the same frame.
"""
from __future__ import annotations

import argparse
import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import numpy as np

FIELD = 128  # phantom pixels along each side of the field of view
KINDS = ("arrest", "rosc", "any")
BACKGROUND, ARTERY, VEIN = 0, 1, 2  # values in the masks


@dataclass(frozen=True)
class Ellipse:
    """One vessel in one frame: centre and semi-axes in phantom px, angle in radians (x towards y), q = b / a."""
    cx: float
    cy: float
    a: float
    b: float
    angle: float

    def field(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns (d, ny), float32 of the broadcast shape of x and y: first-order signed distance to the edge in px
        (negative inside) and |axial component| of the edge normal (1 at 12 and 6 o'clock).
        rho = |(u / a, v / b)|, grad = |(u / a^2, v / b^2)|, d = rho (rho - 1) / grad, never below -b."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        u, v = (x - self.cx) * c + (y - self.cy) * s, (y - self.cy) * c - (x - self.cx) * s
        gu, gv = u / self.a**2, v / self.b**2
        rho = np.sqrt((u / self.a) ** 2 + (v / self.b) ** 2)
        grad = np.sqrt(gu * gu + gv * gv) + np.float32(1e-6)
        return np.maximum(rho * (rho - 1) / grad, -self.b), np.abs(gu * s + gv * c) / grad


@dataclass(frozen=True)
class Frame:
    """image: uint8 [size, size], 0 black .. 255 white; mask: uint8 [size, size] of {0, 1 artery, 2 vein};
    cac, q_artery, q_vein: exact values of the drawn ellipses; press: p."""
    image: np.ndarray
    mask: np.ndarray
    cac: float
    q_artery: float
    q_vein: float
    press: float


def folded_ellipse(radius: float, q: float) -> tuple[float, float]:
    """Semi-axes (a, b) in px of the ellipse b / a = q whose perimeter is that of a circle of `radius` px."""
    perimeter = math.pi * (3 * (1 + q) - math.sqrt((3 + q) * (1 + 3 * q)))
    a = 2 * math.pi * radius / perimeter
    return a, q * a


class Patient:
    """Everything that stays the same in one neck and one scanner setting. Draws are in the order written here."""

    def __init__(self, seed: int, patient: int, kind: str) -> None:
        if kind not in KINDS:
            raise ValueError(f"kind is one of {KINDS}, got {kind!r}")
        rng = np.random.default_rng([seed, patient, KINDS.index(kind)])
        uniform = lambda low, high: float(rng.uniform(low, high))
        # Vessels: resting radii (px), resting q, depth and side.
        self.artery_radius, self.vein_radius = uniform(10, 15), uniform(8, 16)
        self.artery_rest, self.vein_rest = uniform(.88, .98), uniform(.35, .80)
        self.artery_x, self.artery_y = uniform(48, 80), uniform(58, 84)
        side = 1.0 if rng.random() < .5 else -1.0
        direction = uniform(.15, .95)  # radians above the horizontal, seen from the artery
        distance = uniform(1.02, 1.35) * (self.artery_radius + self.vein_radius)
        self.vein_x = self.artery_x + side * distance * math.cos(direction)
        self.vein_y = self.artery_y - distance * math.sin(direction)
        self.artery_angle, self.vein_angle = uniform(-.2, .2), side * uniform(-.1, .5)
        self.squeeze = uniform(.08, .25)
        # What the press does.
        ends = {"arrest": (.20, .30), "rosc": (.60, .88), "any": (.15, .95)}[kind]
        pulses = {"arrest": (.0, .0), "rosc": (.02, .06), "any": (.0, .06)}[kind]
        self.artery_end, self.vein_end, self.vein_lead = uniform(*ends), uniform(.008, .02), uniform(.5, .85)
        self.pulse, self.pulse_hz, self.pulse_phase = uniform(*pulses), uniform(60, 110) / 60, uniform(0, 2 * math.pi)
        # Echo powers: tissue 10^U(-2.3, -1.6), lumen 10^U(-4.6, -3.4), walls brighter than tissue.
        self.tissue = 10 ** uniform(-2.3, -1.6)
        self.artery_lumen, self.vein_lumen = 10 ** uniform(-4.6, -3.4), 10 ** uniform(-4.6, -3.4)
        self.artery_wall, self.vein_wall = 10 ** uniform(-1.5, -.8), 10 ** uniform(-2.1, -1.3)
        self.wall_sigma, self.specular = uniform(.6, 1.1), uniform(1.5, 4)  # px, exponent of |ny|
        self.edge = uniform(.25, .6)  # px, width of the logistic lumen edge
        self.enhancement, self.edge_shadow = uniform(.1, .4), uniform(.1, .5)  # decades of power
        self.attenuation = uniform(.3, 2.2)  # exp(-attenuation y / 128)
        # 4-9 fascia layers: depth, amplitude, wavelength, phase, sigma (px; rad), power.
        self.layers = [(uniform(2, 126), uniform(0, 4), uniform(60, 260), uniform(0, 2 * math.pi), uniform(.5, 1.8),
                        10 ** uniform(-1.9, -.8)) for _ in range(int(rng.integers(4, 10)))]
        # Gaussian blobs that scale tissue by 10^(gain): x, y, sigma x, sigma y (px), gain.
        self.blobs = [(uniform(0, 128), uniform(0, 128), uniform(6, 28), uniform(4, 16), uniform(-.6, .6))
                      for _ in range(int(rng.integers(3, 9)))]
        # Scanner: PSF sigmas (px) and dynamic range (dB).
        self.psf_axial, self.psf_lateral, self.range_db = uniform(.45, .8), uniform(.8, 1.5), uniform(44, 60)

    def pose(self, u: float, seconds: float, jitter_px: float = 0.0) -> tuple[Ellipse, Ellipse, float]:
        """Artery, vein and press at clip position u in [0, 1], `seconds` after the start; jitter moves both down."""
        press = (1 - math.cos(math.pi * min(u / .4, 1.0))) / 2
        qa = self.artery_rest + (self.artery_end - self.artery_rest) * press
        qa *= 1 + self.pulse * math.sin(2 * math.pi * self.pulse_hz * seconds + self.pulse_phase)
        qv = self.vein_rest + (self.vein_end - self.vein_rest) * min(1.0, press / self.vein_lead)
        depth = 1 - self.squeeze * press
        artery = Ellipse(self.artery_x, self.artery_y * depth + jitter_px,
                         *folded_ellipse(self.artery_radius, min(qa, .995)), self.artery_angle)
        vein = Ellipse(self.vein_x, self.vein_y * depth + jitter_px, *folded_ellipse(self.vein_radius, qv),
                       self.vein_angle * (1 - press))
        return artery, vein, press

    def echo_power(self, artery: Ellipse, vein: Ellipse, press: float, side: int) -> np.ndarray:
        """Linear echo power, float32 [side, side], sampled at `side` points across the 128 px field of view."""
        axis = ((np.arange(side, dtype=np.float32) + .5) * (FIELD / side)).astype(np.float32)
        x, y = axis[None, :], axis[:, None]
        depth = 1 - self.squeeze * press
        gain = np.zeros((side, side), np.float32)
        for bx, by, sx, sy, decades in self.blobs:
            gain += decades * np.exp(-((x - bx) / sx) ** 2 / 2) * np.exp(-((y - by * depth) / sy) ** 2 / 2)
        power = self.tissue * np.power(np.float32(10), gain)
        for y0, amplitude, wavelength, phase, sigma, strength in self.layers:
            line = y0 * depth + amplitude * np.sin(2 * np.pi * x / wavelength + phase)
            power += strength * np.exp(-((y - line) / sigma) ** 2 / 2)
        behind = np.zeros((side, side), np.float32)  # decades of power added below the vessels
        # The artery is drawn last: where the folding vein would reach into it, the artery stays whole.
        for vessel, radius, lumen, wall in ((vein, self.vein_radius, self.vein_lumen, self.vein_wall),
                                            (artery, self.artery_radius, self.artery_lumen, self.artery_wall)):
            d, ny = vessel.field(x, y)
            inside = 1 / (1 + np.exp(np.clip(d / self.edge, -30, 30)))
            power = power * (1 - inside) + lumen * inside
            ring = np.exp(-((d - self.wall_sigma) / self.wall_sigma) ** 2 / 2)
            power += wall * ring * (.12 + .88 * ny ** self.specular)
            half = math.hypot(vessel.a * math.cos(vessel.angle), vessel.b * math.sin(vessel.angle))
            chord = np.sqrt(np.maximum(0, 1 - ((x - vessel.cx) / half) ** 2)) * min(1.0, vessel.b / radius)
            below = 1 / (1 + np.exp(np.clip((vessel.cy + vessel.b - y) / 1.5, -30, 30)))
            behind += self.enhancement * chord * below
            for tangent in (vessel.cx - half, vessel.cx + half):
                behind -= self.edge_shadow * np.exp(-((x - tangent) / 1.3) ** 2 / 2) * below
        return power * np.power(np.float32(10), behind) * np.exp(-self.attenuation * y / FIELD)


def blur(values: np.ndarray, sigma: float, axis: int) -> np.ndarray:
    """Convolves with a Gaussian of `sigma` samples of unit energy (sum of squares 1) along axis; edges wrap."""
    reach = max(1, math.ceil(3 * sigma))
    taps = np.exp(-(np.arange(-reach, reach + 1) / sigma) ** 2 / 2)
    taps = (taps / math.sqrt(float((taps**2).sum()))).astype(np.float32)
    return sum(tap * np.roll(values, k - reach, axis) for k, tap in enumerate(taps))


def scan(power: np.ndarray, patient: Patient, rng: np.random.Generator, gain_db: float = 0.0) -> np.ndarray:
    """Speckled B-mode image of a power map: float32 [2 n, 2 n] -> uint8 [n, n].
    Two Gaussian fields times sqrt(power) / sqrt(2), blurred by the PSF (sigmas scaled to the grid); envelope
    e = |field|; e / its 99.7 % quantile; brightness = 1 + (20 log10 e + gain_db) / range_db, clipped to [0, 1];
    2 x 2 mean."""
    side = power.shape[0]
    field = rng.standard_normal((2, side, side), dtype=np.float32) * np.sqrt(power / 2)
    field = blur(blur(field, patient.psf_axial * side / FIELD, 1), patient.psf_lateral * side / FIELD, 2)
    envelope = np.sqrt(field[0] ** 2 + field[1] ** 2)
    envelope /= np.quantile(envelope, .997)
    level = np.clip(1 + (20 * np.log10(envelope + 1e-6) + gain_db) / patient.range_db, 0, 1)
    level = level.reshape(side // 2, 2, side // 2, 2).mean((1, 3))
    return np.rint(level * 255).astype(np.uint8)


def labels(artery: Ellipse, vein: Ellipse, size: int) -> np.ndarray:
    """Mask uint8 [size, size]: 1 where the pixel centre lies in the artery, else 2 in the vein, else 0.
    A vessel less than one phantom px thick (2 b < 1) counts as fully compressed and is left out."""
    axis = (np.arange(size, dtype=np.float64) + .5) * (FIELD / size)
    mask = np.zeros((size, size), np.uint8)
    for vessel, value in ((vein, VEIN), (artery, ARTERY)):
        if 2 * vessel.b >= 1:
            mask[vessel.field(axis[None, :], axis[:, None])[0] < 0] = value
    return mask


def draw_frame(patient: Patient, seed: list[int], u: float, seconds: float, size: int = FIELD,
               disturbed: bool = False) -> Frame:
    """One frame. `seed` seeds speckle and disturbances. Disturbed frames add chest-compression motion (110 / min,
    +-3 px), a gain step of U(-8, 4) dB and, every second time, a dropout shadow 5-20 px wide."""
    rng = np.random.default_rng(seed)
    jitter = 3 * math.sin(2 * math.pi * seconds * 110 / 60) if disturbed else 0.0
    artery, vein, press = patient.pose(u, seconds, jitter)
    power = patient.echo_power(artery, vein, press, 2 * size)
    gain_db = 0.0
    if disturbed:
        gain_db = float(rng.uniform(-8, 4))
        if rng.random() < .5:
            centre, width, decades = rng.uniform(10, 118), rng.uniform(5, 20) / 2, rng.uniform(.5, 1.5)
            x = (np.arange(2 * size, dtype=np.float32) + .5) * (FIELD / (2 * size))
            power = power * np.power(10, -decades / (1 + ((x - centre) / width) ** 8)).astype(np.float32)[None, :]
    image = scan(power, patient, rng, gain_db)
    qa, qv = artery.b / artery.a, vein.b / vein.a
    return Frame(image, labels(artery, vein, size), math.sqrt(1 - qa * qa), qa, qv, press)


def sequence(seed: int, patient: int, kind: str, frames: int = 40, fps: float = 10.0, size: int = FIELD,
             disturbed: bool = False) -> Iterator[Frame]:
    """A press-and-hold clip of one patient, frame by frame."""
    who = Patient(seed, patient, kind)
    for t in range(frames):
        yield draw_frame(who, [seed, patient, t + 1000], t / max(1, frames - 1), t / fps, size, disturbed)


def main() -> None:
    """Writes frames and masks (0, 120, 240: the values of POCUS-Tool) as PNG and the truth as CSV."""
    from PIL import Image
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--kind", choices=KINDS, default="arrest")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patient", type=int, default=0), parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--disturbed", action="store_true")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with open(args.out / "truth.csv", "w", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(["frame", "cac", "q_artery", "q_vein", "press"])
        for t, frame in enumerate(sequence(args.seed, args.patient, args.kind, args.frames, disturbed=args.disturbed)):
            Image.fromarray(frame.image).save(args.out / f"frame_{t:03d}.png")
            Image.fromarray(frame.mask * 120).save(args.out / f"mask_{t:03d}.png")
            writer.writerow([t, *(f"{v:.6f}" for v in (frame.cac, frame.q_artery, frame.q_vein, frame.press))])


if __name__ == "__main__":
    main()
