# SPDX-License-Identifier: Apache-2.0
"""Malformed gRPC messages by grpcio, which sends any bytes as a message and understands the status that comes back."""

import asyncio
import collections
import random
import time

from benchmarks.serve.models import sample
from benchmarks.serve.requests import grpc_message

from .stress_server import expect

MODEL = "tiny"
METHODS = ["ModelInfer", "ModelMetadata", "ModelReady", "ModelConfig", "ModelStatistics", "RepositoryIndex",
           "RepositoryModelLoad", "SystemSharedMemoryRegister", "TraceSetting", "LogSettings", "NoSuchMethod"]  # fmt: skip


def good_message() -> bytes:
    """Without the frame, which grpcio adds."""
    return grpc_message(MODEL, sample(MODEL))[5:]


def malformed_message(choose: random.Random) -> bytes:
    kind = choose.randrange(4)
    if kind == 0:
        return choose.randbytes(choose.choice([1, 2, 10, 1000]))
    data = bytearray(good_message())
    if kind == 1:
        return bytes(data[: choose.randrange(len(data))])
    for _ in range(choose.randrange(1, 5)):
        at = choose.randrange(min(len(data), 60) if kind == 2 else len(data))  # the lengths and names stand in front
        data[at] = choose.randrange(256)
    return bytes(data)


async def keep_storming(port: int, seed: int, end: float, seen: collections.Counter) -> None:
    import grpc

    choose = random.Random(seed)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        while time.monotonic() < end:
            method = choose.choice(METHODS) if choose.random() < 0.4 else "ModelInfer"
            call = channel.unary_unary(f"/inference.GRPCInferenceService/{method}")
            message = malformed_message(choose)
            try:
                await call(message, timeout=10)
                seen["gRPC OK"] += 1  # some changes leave a request that is fine
            except grpc.aio.AioRpcError as error:
                code = error.code()
                seen[f"gRPC {code.name}"] += 1
                shown = f"{method} of {message[:200]!r}"
                expect(code not in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DEADLINE_EXCEEDED),
                       f"{shown} was answered {code.name}: {error.details()}")  # fmt: skip
                expect(" " in (error.details() or ""), f"{shown} was answered {code.name} without a sentence")
            await asyncio.sleep(0)


async def speaks_grpc(port: int) -> bool:
    """Whether this build answers a good call."""
    import grpc

    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            await channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")(good_message(), timeout=5)
        except grpc.aio.AioRpcError:
            return False
    return True
