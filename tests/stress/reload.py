# SPDX-License-Identifier: Apache-2.0
"""Reloads under load: a model is loaded anew again and again while clients ask it; no request fails."""

import asyncio
import collections
import shutil
import tempfile
import time
from pathlib import Path

from .http_client import Client, ask_once, error_text
from .stress_server import StressServer, expect, good_request, models, serve_help

NAME = "tiny_mlp_synthetic_20260101"
RELOADS = 1000
CLIENTS = 8


class LeftOut(Exception):
    """This build cannot do what the part is about; says why."""


def make_store(folder: Path) -> Path:
    (folder / "weights").mkdir()
    shutil.copy(models()["tiny"], folder / "weights" / f"{NAME}.onnx")
    return folder


def control_options() -> list[str]:
    """The flags that allow load calls, where this build has them."""
    wanted = {"--admin": ["--admin"], "--model-control": ["--model-control", "explicit", "--load-model", NAME]}
    return [part for flag, parts in wanted.items() if flag in serve_help() for part in parts]


async def keep_asking(port: int, stop: asyncio.Event, seen: collections.Counter) -> None:
    request = good_request(NAME)
    async with Client(port) as client:
        while not stop.is_set():
            answer = await client.ask(request)
            seen[answer.status if answer.status == 200 else f"{answer.status} {error_text(answer)}"] += 1


async def reload_again_and_again(port: int, seconds: float) -> tuple[int, float]:
    """How many of RELOADS were done in this time, and how long the slowest took."""
    load = f"POST /v2/repository/models/{NAME}/load HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".encode()
    end, slowest, done = time.monotonic() + seconds, 0.0, 0
    async with Client(port) as client:
        while done < RELOADS and time.monotonic() < end:
            start = time.monotonic()
            answer = await client.ask(load)
            expect(answer.status == 200, f"reload {done + 1} answered {answer.status}: {answer.body[:300]!r}")
            slowest = max(slowest, time.monotonic() - start)
            done += 1
    return done, slowest


async def run(seconds: float, say) -> None:
    with tempfile.TemporaryDirectory() as folder, StressServer(make_store(Path(folder)), *control_options()) as server:
        load = f"POST /v2/repository/models/{NAME}/load HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".encode()
        first = await ask_once(server.port, load)
        if first.status in (501, 503):
            raise LeftOut(f"this server loads no models on request: {error_text(first)}")
        stop, seen = asyncio.Event(), collections.Counter()
        clients = [asyncio.create_task(keep_asking(server.port, stop, seen)) for _ in range(CLIENTS)]
        memory = server.memory_mib()
        try:
            done, slowest = await reload_again_and_again(server.port, seconds)
        finally:
            stop.set()
            await asyncio.gather(*clients)
        expect(set(seen) == {200}, f"requests failed during {done} reloads: {dict(seen)}")
        say(f"{done} reloads in at most {seconds:g} s while {CLIENTS} clients got {seen[200]:,} answers: no failure; slowest "
            f"reload {1000 * slowest:.0f} ms; memory {memory:.1f} to {server.memory_mib():.1f} MiB")  # fmt: skip
