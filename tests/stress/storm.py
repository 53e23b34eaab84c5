# SPDX-License-Identifier: Apache-2.0
"""A storm of malformed requests: the server stays up, says what is wrong, and answers good requests meanwhile."""

import asyncio
import collections
import time

from . import grpc_storm, shared_memory_storm
from .http_client import Answer, Client, Closed, Torn, error_text
from .malformed import Malformed, malformed_requests
from .stress_server import StressServer, expect, good_request, models, serve_help

SENDERS = 16
GRPC_SENDERS = 2  # they do not wait for what never comes, so a few send as much
PATIENCE = 0.5  # for an answer to what may be no whole request; then the client ends its side
GOOD_SECONDS = 2.0  # a good request is answered in this time on a busy machine


def check(malformed: Malformed, answer: Answer) -> None:
    """Answers are of the client's fault or fine, and every error is a sentence."""
    shown = f"{malformed.kind}: {malformed.data[:400]!r}"
    expect(answer.status != 500, f"a malformed request was answered 500 {answer.body[:300]!r}: {shown}")
    expect(malformed.may_be_good or answer.status >= 400, f"a malformed request was answered {answer.status}: {shown}")
    if answer.status >= 400:
        expect(error_text(answer) != "", f"{answer.status} came without a sentence, {answer.body[:300]!r}: {shown}")


async def send(port: int, malformed: Malformed, seen: collections.Counter) -> None:
    async with Client(port) as client:
        try:
            client.writer.write(malformed.data)
            answer = await asyncio.wait_for(client.read_answer(), PATIENCE)
        except TimeoutError:  # it waits for more: there is none
            if client.writer.can_write_eof():
                client.writer.write_eof()
            try:
                answer = await asyncio.wait_for(client.read_answer(), 10)
            except (Closed, Torn):
                seen["closed"] += 1
                return
            except TimeoutError:
                expect(False, f"not closed 10 s after the client had ended: {malformed.kind} {malformed.data[:400]!r}")
        except Closed:
            seen["closed"] += 1
            return
        except Torn:
            expect(malformed.kind in ("frames", "flipped"), f"a torn answer to {malformed.data[:400]!r}")
            seen["frames"] += 1
            return
        seen[answer.status] += 1
        if answer.status != 100:
            check(malformed, answer)


async def keep_storming(port: int, seed: int, end: float, seen: collections.Counter) -> None:
    requests = malformed_requests(seed)
    while time.monotonic() < end:
        try:
            await send(port, next(requests), seen)
        except ConnectionError:
            seen["closed"] += 1  # it was cut while we wrote


async def keep_asking(port: int, end: float, times: list[float]) -> None:
    request = good_request("tiny")
    async with Client(port) as client:
        while (start := time.monotonic()) < end:
            answer = await client.ask(request)
            expect(answer.status == 200, f"a good request was answered {answer.status} {answer.body[:300]!r}")
            times.append(time.monotonic() - start)


def open_doors() -> list[str]:
    """The flags that let clients reach more of the server, where this build has them."""
    return [flag for flag in ("--admin", "--shared-memory") if flag in serve_help()]


async def run(seconds: float, say) -> None:
    seen: collections.Counter = collections.Counter()
    times: list[float] = []
    with StressServer(models()["tiny"], *open_doors()) as server:
        with_grpc = await grpc_storm.speaks_grpc(server.port)
        end = time.monotonic() + seconds
        storm = [keep_storming(server.port, 1000 + sender, end, seen) for sender in range(SENDERS)]
        if with_grpc:
            storm += [grpc_storm.keep_storming(server.port, 2000 + sender, end, seen) for sender in range(GRPC_SENDERS)]
        with_memory, *_ = await asyncio.gather(
            shared_memory_storm.storm(server.port, seconds, seen), keep_asking(server.port, end, times), *storm
        )
        expect(server.alive(), "the server ended in the storm")
    expect(max(times) < GOOD_SECONDS, f"a good request took {max(times):.2f} s beside the storm")
    by_outcome = ", ".join(f"{outcome}: {count:,}" for outcome, count in sorted(seen.items(), key=lambda item: str(item[0])))
    say(f"{sum(seen.values()):,} malformed requests ({by_outcome}): every error a sentence, none a 500; {len(times):,} good "
        f"requests beside them answered, slowest {1e3 * max(times):.0f} ms")  # fmt: skip
    absent = [what for what, there in (("gRPC", with_grpc), ("shared memory", with_memory)) if not there]
    if absent:
        say(f"not tried, because this server does not speak it: {', '.join(absent)}")
