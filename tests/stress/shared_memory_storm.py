# SPDX-License-Identifier: Apache-2.0
"""Shared memory against a client that truncates its region while it is read, registers nonsense, and asks beyond its end."""

import asyncio
import collections
import json
import os
import random
import time
from pathlib import Path

from .http_client import Answer, Client, error_text
from .stress_server import expect

MODEL = "tiny"
TENSOR_BYTES = 256
REGION_BYTES = 1 << 16


def post(path: str, document: dict) -> bytes:
    body = json.dumps(document).encode()
    return f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def inference(region: str, offset: int, size: int) -> bytes:
    """Input and output both in the region."""
    place = {"shared_memory_region": region, "shared_memory_byte_size": size}
    tensor = {"name": "x", "shape": [1, 64], "datatype": "FP32", "parameters": place | {"shared_memory_offset": offset}}
    output = {"name": "y", "parameters": place | {"shared_memory_offset": TENSOR_BYTES}}
    return post(f"/v2/models/{MODEL}/infer", {"inputs": [tensor], "outputs": [output]})


def register(region: str, key: str, offset: int, size: int) -> bytes:
    path = f"/v2/systemsharedmemory/region/{region}/register"
    return post(path, {"key": key, "offset": offset, "byte_size": size})


def check(answer: Answer, seen: collections.Counter) -> None:
    seen[f"shared memory {answer.status}"] += 1
    expect(answer.status != 500, f"a call about shared memory was answered 500: {answer.body[:300]!r}")
    expect(answer.status == 200 or error_text(answer) != "",
           f"{answer.status} came without a sentence: {answer.body[:300]!r}")  # fmt: skip


async def keep_truncating(path: Path, end: float) -> None:
    while time.monotonic() < end:
        os.truncate(path, 0)
        await asyncio.sleep(0.0005)
        os.truncate(path, REGION_BYTES)
        await asyncio.sleep(0.0005)


async def keep_asking(port: int, region: str, key: str, end: float, seen: collections.Counter) -> None:
    choose = random.Random(region)
    numbers = [0, 1, TENSOR_BYTES, REGION_BYTES, REGION_BYTES - 1, -1, 2**31, 2**63 - 1, 2**64]
    async with Client(port) as client:
        while time.monotonic() < end:
            if choose.random() < 0.1:
                name = choose.choice([region, "elsewhere", "%2e%2e"])
                place = choose.choice([key, f"/{key}", "/../etc/passwd", "", "a" * 5000])
                request = register(name, place, choose.choice(numbers), choose.choice(numbers))
            elif choose.random() < 0.2:
                request = inference(region, choose.choice(numbers), choose.choice(numbers))
            else:
                request = inference(region, 0, TENSOR_BYTES)
            check(await client.ask(request), seen)


async def storm(port: int, seconds: float, seen: collections.Counter) -> bool:
    """False when this server takes no shared memory."""
    key = f"tandem_stress_{os.getpid()}"
    path = Path("/dev/shm") / key
    path.write_bytes(bytes(REGION_BYTES))
    try:
        regions = [f"stress{number}" for number in range(4)]
        async with Client(port) as client:
            first = [await client.ask(register(region, f"/{key}", 0, REGION_BYTES)) for region in regions]
        if any(answer.status != 200 for answer in first):
            return False
        end = time.monotonic() + seconds
        clients = [keep_asking(port, region, f"/{key}", end, seen) for region in regions]
        await asyncio.gather(keep_truncating(path, end), *clients)
    finally:
        path.unlink()
    return True
