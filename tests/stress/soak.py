# SPDX-License-Identifier: Apache-2.0
"""Mixed traffic for as long as asked: memory stays flat."""

import asyncio
import itertools
import random
import statistics
import time

from benchmarks.serve.requests import JSON

from .http_client import Client
from .malformed import malformed_requests
from .stress_server import StressServer, expect, good_request, models

CLIENTS = 16
WARM_UP = 0.3  # of the time: caches and arenas fill
MAX_GROWTH_MIB = 1.0  # over the rest, by the slope


def slope(points: list[tuple[float, float]]) -> float:
    """Theil-Sen: the median slope of all pairs, which single peaks do not move."""
    thinned = points[:: max(1, len(points) // 200)]
    return statistics.median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in itertools.combinations(thinned, 2) if x2 > x1)


async def mixed_traffic(port: int, end: float, seed: int, counts: list[int]) -> None:
    """Good requests in both forms, metadata, errors, clients that come and go and that break off."""
    choose = random.Random(seed)
    good = [good_request("tiny"), good_request("tiny", JSON), b"GET /v2/models/tiny HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"]  # fmt: skip
    bad = malformed_requests(seed)
    while time.monotonic() < end:
        async with Client(port) as client:
            for _ in range(choose.randrange(1, 200)):
                await client.ask(choose.choice(good))
                counts[0] += 1
            if choose.random() < 0.5:
                client.writer.write(next(bad).data)
            if choose.random() < 0.3:
                client.reset()


async def watch_memory(server: StressServer, end: float, points: list[tuple[float, float]]) -> None:
    start = time.monotonic()
    while time.monotonic() < end and server.alive():
        points.append((time.monotonic() - start, server.memory_mib()))
        await asyncio.sleep(0.5)


async def run(seconds: float, say) -> None:
    points: list[tuple[float, float]] = []
    counts = [0]
    with StressServer(models()["tiny"]) as server:
        end = time.monotonic() + seconds
        clients = [mixed_traffic(server.port, end, seed, counts) for seed in range(CLIENTS)]
        await asyncio.gather(watch_memory(server, end, points), *clients)
        expect(server.alive(), "the server ended during the soak")
    later = [point for point in points if point[0] >= WARM_UP * seconds]
    expect(len(later) >= 10, f"{len(later)} points of memory are too few for a slope; soak longer")
    growth = slope(later) * (later[-1][0] - later[0][0])
    expect(growth <= MAX_GROWTH_MIB, f"memory grew by {growth:.2f} MiB in {later[-1][0] - later[0][0]:.0f} s, from "
                                     f"{later[0][1]:.1f} to {later[-1][1]:.1f} MiB, after {counts[0]:,} requests")  # fmt: skip
    values = [value for _, value in later]
    say(f"{seconds:g} s of mixed traffic, {counts[0]:,} requests: memory {min(values):.1f} to {max(values):.1f} MiB after the "
        f"first {100 * WARM_UP:.0f} %, slope {3600 * slope(later):+.2f} MiB an hour")  # fmt: skip
