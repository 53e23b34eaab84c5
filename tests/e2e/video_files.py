# SPDX-License-Identifier: Apache-2.0
"""Video files for the tests: AVI with Motion JPEG, written by hand, so that no codec is needed to make one."""

import io
import struct


def _chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _list(name, data):
    return _chunk(b"LIST", name + data)


def write_avi(path, images, rate=10):
    """Pillow images of one size as frames of a Motion JPEG AVI (Microsoft's RIFF AVI, one stream, with an index)."""
    jpegs = []
    for image in images:
        buffer = io.BytesIO()
        image.convert("RGB").save(buffer, "JPEG", quality=95, subsampling=0)
        jpegs.append(buffer.getvalue())
    width, height = images[0].size
    largest = max(map(len, jpegs))
    main = struct.pack(
        "<14I", 1_000_000 // rate, largest * rate, 0, 0x10, len(jpegs), 0, 1, largest, width, height, 0, 0, 0, 0
    )
    stream = struct.pack(
        "<4s4sIHHIIIIIIII4H", b"vids", b"MJPG", 0, 0, 0, 0, 1, rate, 0, len(jpegs), largest, 0xFFFFFFFF, 0,
        0, 0, width, height,
    )
    pixels = struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", 3 * width * height, 0, 0, 0, 0)
    header = _list(b"hdrl", _chunk(b"avih", main) + _list(b"strl", _chunk(b"strh", stream) + _chunk(b"strf", pixels)))
    frames, index, offset = b"", b"", 4
    for jpeg in jpegs:
        piece = _chunk(b"00dc", jpeg)
        index += b"00dc" + struct.pack("<III", 0x10, offset, len(jpeg))
        offset += len(piece)
        frames += piece
    body = b"AVI " + header + _list(b"movi", frames) + _chunk(b"idx1", index)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
