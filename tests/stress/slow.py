# SPDX-License-Identifier: Apache-2.0
"""Slow clients, clients that read nothing, half-open connections and ones that vanish hold no worker."""

import asyncio
import collections
import time

from benchmarks.serve.requests import JSON

from .http_client import Client, Closed, Torn
from .stress_server import StressServer, expect, good_request, models

EACH = 100  # clients of each kind
HEAD_SECONDS = 10  # after which the server gives a head up (HttpServerOptions::header_timeout)
GOOD_SECONDS = 2.0


async def drip(port: int, data: bytes, end: float, pause: float, seen: collections.Counter) -> None:
    """A byte now and then."""
    async with Client(port) as client:
        answer = asyncio.ensure_future(client.read_answer())
        for at in range(len(data)):
            if time.monotonic() > end or answer.done():
                break
            client.writer.write(data[at : at + 1])
            await asyncio.sleep(pause)
        if not answer.done():
            answer.cancel()
            await asyncio.wait([answer])
            seen["still waited for"] += 1
            return
        try:
            seen[f"answered {answer.result().status}"] += 1
        except (Closed, Torn):
            seen["closed"] += 1


async def ask_and_read_nothing(port: int, request: bytes, end: float) -> None:
    async with Client(port) as client:
        client.writer.transport.pause_reading()
        while time.monotonic() < end:
            if client.writer.transport.is_closing():
                return
            if client.writer.transport.get_write_buffer_size() < 1 << 16:
                client.writer.write(request * 16)
            await asyncio.sleep(0.2)


async def say_nothing(port: int, end: float) -> None:
    async with Client(port):
        await asyncio.sleep(end - time.monotonic())


async def vanish(port: int, request: bytes, end: float, counts: list[int]) -> None:
    """Asks and is gone before the answer, with a reset."""
    while time.monotonic() < end:
        async with Client(port) as client:
            client.writer.write(request)
            await asyncio.sleep(0)
            client.reset()
        counts[0] += 1
        await asyncio.sleep(0.05)


async def keep_asking(port: int, request: bytes, end: float) -> list[float]:
    times = []
    async with Client(port) as client:
        while (start := time.monotonic()) < end:
            answer = await client.ask(request)
            expect(answer.status == 200, f"a good request was answered {answer.status} {answer.body[:300]!r}")
            times.append(time.monotonic() - start)
            await asyncio.sleep(0.002)  # not so many that the client itself is what is measured
    return times


def quantiles(times: list[float]) -> str:
    ordered = sorted(times)
    return f"p50 {1e3 * ordered[len(ordered) // 2]:.2f} ms, p99 {1e3 * ordered[len(ordered) * 99 // 100]:.2f} ms"


async def run(seconds: float, say) -> None:
    good, wordy = good_request("tiny"), good_request("tiny", JSON)
    heads, bodies, vanished = collections.Counter(), collections.Counter(), [0]
    with StressServer(models()["tiny"]) as server:
        port, memory = server.port, server.memory_mib()
        alone = await keep_asking(port, good, time.monotonic() + 2)
        end = time.monotonic() + max(seconds, HEAD_SECONDS + 4)
        crowd = [
            *(drip(port, good[: good.index(b"\r\n\r\n")], end, 0.5, heads) for _ in range(EACH)),
            *(drip(port, wordy, end, 0.01, bodies) for _ in range(EACH)),
            *(ask_and_read_nothing(port, wordy, end) for _ in range(EACH)),
            *(say_nothing(port, end) for _ in range(EACH)),
            *(vanish(port, good, end, vanished) for _ in range(10)),
        ]
        among, *_ = await asyncio.gather(keep_asking(port, good, end), *crowd)
        expect(server.alive(), "the server ended among slow clients")
        most = server.memory_mib()
    expect(max(among) < GOOD_SECONDS, f"a good request took {max(among):.2f} s among slow clients")
    expect(set(heads) <= {"answered 408", "closed"}, f"heads that never ended were not given up: {dict(heads)}")
    expect(set(bodies) <= {"answered 200", "still waited for"}, f"slow bodies fared badly: {dict(bodies)}")
    say(f"{EACH} clients that send a head by the byte ({dict(heads)}), {EACH} that send a body so ({dict(bodies)}), {EACH} that "
        f"read no answer, {EACH} half-open, {vanished[0]:,} that vanished: good requests alone {quantiles(alone)}, among "
        f"them {quantiles(among)}; memory {memory:.1f} to {most:.1f} MiB")  # fmt: skip
