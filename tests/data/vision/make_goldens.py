#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the image files beside it and the two tables that src/vision tests compare with.

resize.txt  by OpenCV in float32: INTER_LINEAR (half-pixel centres, no antialiasing: what PyTorch's
            F.interpolate(align_corners=False) computes), INTER_AREA, INTER_NEAREST_EXACT
            line 1: interpolation channels width height new_width new_height; line 2: pixels; line 3: result [h, w, c]
decode.txt  by Pillow: what each file holds
            line 1: file channels width height; line 2: pixels
Needs numpy, pillow and opencv-python-headless.
"""
import pathlib

import cv2
import numpy as np
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).resolve().parent
MODES = {"bilinear": cv2.INTER_LINEAR, "area": cv2.INTER_AREA, "nearest": cv2.INTER_NEAREST_EXACT}
SIZES = {
    "bilinear": [((7, 5), (3, 2)), ((7, 5), (14, 15)), ((5, 9), (8, 4)), ((2, 2), (5, 5)), ((13, 11), (8, 8))],
    "area": [((8, 6), (4, 3)), ((7, 5), (3, 2)), ((13, 11), (8, 8)), ((9, 4), (1, 1))],
    "nearest": [((7, 5), (3, 2)), ((5, 3), (8, 9)), ((13, 11), (8, 8))],
}


def numbers(array):
    return " ".join(f"{value:.9g}" for value in np.asarray(array).reshape(-1))


def resize_table():
    random = np.random.default_rng(3)
    lines = []
    for name, sizes in SIZES.items():
        for channels in (1, 3):
            for (width, height), new in sizes:
                image = random.integers(0, 256, (height, width, channels), dtype=np.uint8)
                result = cv2.resize(image.astype(np.float32), new, interpolation=MODES[name])
                lines += [f"{name} {channels} {width} {height} {new[0]} {new[1]}", numbers(image), numbers(result)]
    (HERE / "resize.txt").write_text("\n".join(lines) + "\n")


def sample():
    y, x = np.mgrid[0:5, 0:6]
    return Image.fromarray(np.stack([x * 50, y * 60, (x + y) * 25], axis=-1).astype(np.uint8))


def write_files():
    rgb = sample()
    alpha = rgb.convert("RGBA")
    alpha.putalpha(rgb.convert("L"))
    y, x = np.mgrid[0:5, 0:6]
    rgb.save(HERE / "rgb.png")
    rgb.convert("L").save(HERE / "gray.png")
    alpha.save(HERE / "rgba.png")
    alpha.convert("LA").save(HERE / "gray_alpha.png")
    rgb.quantize(5).save(HERE / "palette.png")
    rgb.quantize(5).save(HERE / "palette_transparent.png", transparency=1)
    rgb.convert("1").save(HERE / "one_bit.png")
    Image.fromarray((x * 10000 + y * 1000).astype(np.uint16)).save(HERE / "sixteen_bit.png")
    rgb.save(HERE / "rgb.jpg", quality=90)
    rgb.save(HERE / "no_subsampling.jpg", quality=95, subsampling=0)
    rgb.save(HERE / "progressive.jpg", progressive=True)
    rgb.convert("L").save(HERE / "gray.jpg")
    rgb.convert("CMYK").save(HERE / "cmyk.jpg", quality=100)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        rgb.save(HERE / f"orientation_{orientation}.jpg", quality=90, subsampling=0, exif=exif)


def pixels_of(path):
    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode == "I;16":
        return np.round(np.asarray(image).astype(np.float64) * 255 / 65535).astype(np.uint8)
    if image.mode == "CMYK":
        ink = np.asarray(image).astype(np.float64)
        return np.round((255 - ink[..., :3]) * (255 - ink[..., 3:]) / 255).astype(np.uint8)
    if image.mode == "1":
        image = image.convert("L")
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    array = np.asarray(image)
    if image.mode in ("RGBA", "LA"):
        array = (array[..., :-1].astype(np.uint32) * array[..., -1:] + 127) // 255
    return array


def decode_table():
    lines = []
    for path in sorted(HERE.glob("*.png")) + sorted(HERE.glob("*.jpg")):
        pixels = pixels_of(path)
        channels = pixels.shape[2] if pixels.ndim == 3 else 1
        lines += [f"{path.name} {channels} {pixels.shape[1]} {pixels.shape[0]}", numbers(pixels)]
    (HERE / "decode.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    resize_table()
    write_files()
    decode_table()
