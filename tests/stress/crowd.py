# SPDX-License-Identifier: Apache-2.0
"""Ten thousand idle connections and a thousand active ones: all are served, and what one costs in memory."""

import asyncio
import resource
import time

from .http_client import Client, ask_once
from .stress_server import StressServer, expect, good_request, models, serve_help

IDLE, ACTIVE = 10_000, 1_000
AT_ONCE = 200  # connections that are opened together
SERVER_LIMIT = 10_000  # of a build that has no flag for it


def raise_descriptor_limit(wanted: int) -> int:
    """As far as this user may; the server inherits it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), max(hard, wanted)))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


async def open_idle(port: int, request: bytes, count: int) -> list[Client]:
    """Each has asked once and stays."""
    idle: list[Client] = []
    for begin in range(0, count, AT_ONCE):
        group = [Client(port) for _ in range(min(AT_ONCE, count - begin))]
        for client in group:
            await client.__aenter__()
        answers = await asyncio.gather(*(client.ask(request) for client in group))
        expect(all(answer.status == 200 for answer in answers), f"after {begin} connections: {answers[0].status}")
        idle += group
    return idle


async def keep_asking(port: int, request: bytes, end: float, times: list[float]) -> None:
    async with Client(port) as client:
        while (start := time.monotonic()) < end:
            answer = await client.ask(request)
            expect(answer.status == 200, f"an active connection got {answer.status}: {answer.body[:200]!r}")
            times.append(time.monotonic() - start)


async def run(seconds: float, say) -> None:
    limit = raise_descriptor_limit(IDLE + ACTIVE + 1000)
    has_flag = "--max-connections" in serve_help()
    room = min(limit - 500, IDLE + ACTIVE + 100 if has_flag else SERVER_LIMIT)
    idle_count = min(IDLE, room - ACTIVE - 10)
    options = ("--max-connections", str(IDLE + ACTIVE + 100)) if has_flag else ()
    request = good_request("tiny")
    with StressServer(models()["tiny"], *options) as server:
        await asyncio.gather(*(ask_once(server.port, request) for _ in range(50)))
        empty = server.memory_mib()
        idle = await open_idle(server.port, request, idle_count)
        full = server.memory_mib()
        times: list[float] = []
        end = time.monotonic() + min(seconds, 40)  # idle connections are closed after 75 s
        await asyncio.gather(*(keep_asking(server.port, request, end, times) for _ in range(ACTIVE)))
        closed = sum(client.reader.at_eof() for client in idle)
        expect(closed == 0, f"{closed} of {idle_count} idle connections were closed while others were active")
        answers = await asyncio.gather(*(client.ask(request) for client in idle[:: max(1, idle_count // 500)]))
        expect(all(answer.status == 200 for answer in answers), "an idle connection was no longer answered")
        for client in idle:
            client.close()
        times.sort()
        say(f"{idle_count:,} idle and {ACTIVE:,} active connections: {len(times):,} requests answered, p50 "
            f"{1e3 * times[len(times) // 2]:.1f} ms, p99 {1e3 * times[len(times) * 99 // 100]:.1f} ms (client included); "
            f"no idle connection lost; {1024 * (full - empty) / idle_count:.2f} KiB of memory an idle connection "
            f"({empty:.1f} to {full:.1f} MiB)")  # fmt: skip
    if idle_count < IDLE:
        say(f"{IDLE:,} idle ones did not fit: descriptors {limit:,}, connections of the server {room:,}")
