# SPDX-License-Identifier: Apache-2.0
"""SIGTERM at saturation: every request that had been sent before it is answered, and no answer is torn."""

import asyncio
import collections

from .http_client import Client, Closed, Torn, ask_once
from .stress_server import StressServer, expect, good_request, models

CONNECTIONS = 64


class Tally:
    """What became of the requests."""

    def __init__(self) -> None:
        self.terminated = False
        self.before: collections.Counter = collections.Counter()  # sent before SIGTERM
        self.after: collections.Counter = collections.Counter()

    async def keep_asking(self, port: int, request: bytes) -> None:
        """Until the server lets go of the connection."""
        async with Client(port) as client:
            outcome = "200"
            while outcome == "200":
                sent_before = not self.terminated
                try:
                    outcome = str((await client.ask(request)).status)
                except Closed:
                    outcome = "closed"
                except Torn:
                    outcome = "torn"
                (self.before if sent_before else self.after)[outcome] += 1


async def drain_once(model: str, seconds: float) -> Tally:
    tally = Tally()
    with StressServer(models()[model]) as server:
        request = good_request(model)
        await ask_once(server.port, request)
        clients = [asyncio.create_task(tally.keep_asking(server.port, request)) for _ in range(CONNECTIONS)]
        await asyncio.sleep(seconds)
        expect(server.alive(), "the server ended under load before it was told to")
        tally.terminated = True
        server.terminate()
        await asyncio.wait_for(asyncio.gather(*clients), 60)
    return tally


async def run(seconds: float, say) -> None:
    rounds = max(2, round(seconds / 10))
    for model in ("tiny", "bert4"):
        before, after = collections.Counter(), collections.Counter()
        for _ in range(rounds):
            tally = await drain_once(model, 1 + seconds / 20 / rounds)
            before += tally.before
            after += tally.after
        expect(set(before) == {"200"}, f"{model}: requests sent before SIGTERM were not all answered: {dict(before)}")
        expect(set(after) <= {"200", "503", "closed"}, f"{model}: after SIGTERM there were torn answers: {dict(after)}")
        say(f"{model}, {CONNECTIONS} connections, {rounds} times SIGTERM under load: {before['200']:,} requests sent before "
            f"it, all answered; {sum(after.values())} sent after it: {dict(after)}; exit code 0 each time")  # fmt: skip
