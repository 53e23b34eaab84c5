# SPDX-License-Identifier: Apache-2.0
"""Requests that are wrong in ways that clients, proxies and attackers are: HTTP heads, bodies, JSON, protocol V2, frames."""

import dataclasses
import itertools
import json
import random
from collections.abc import Callable, Iterator

from .stress_server import good_request

MODEL = "tiny"
PATH = f"/v2/models/{MODEL}/infer"


@dataclasses.dataclass(frozen=True)
class Malformed:
    kind: str
    data: bytes
    may_be_good: bool = False  # chance may leave it as a request that is fine


def post(body: bytes, *, path: str = PATH, headers: str = "", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"POST {path} HTTP/1.1\r\nHost: a\r\n{headers}Content-Length: {size}\r\n\r\n".encode("latin-1") + body


def bad_head(choose: random.Random) -> Malformed:
    lines = [
        "GET", "GET /", "GET / HTTP/9.9", "POST  / HTTP/1.1", "GET /\x00 HTTP/1.1", "GET http:// HTTP/1.1", "\x16\x03\x01",
        f"GET /{'a' * 20000} HTTP/1.1", f"{'M' * 300} / HTTP/1.1", "GET /%zz HTTP/1.1", "GET / HTTP/1.1\r\nNo colon",
        "GET / HTTP/1.1\r\n : x", "GET / HTTP/1.1\r\nA b: x", "GET / HTTP/1.1\r\nA: \x01", "GET / HTTP/1.1\r\n A: folded",
        f"GET / HTTP/1.1\r\nA: {'b' * 70000}", "GET / HTTP/1.1\r\n" + "A: b\r\n" * 500, "GET / HTTP/1.1\r\nHost: a\r\nHost: b",
        "POST / HTTP/1.1\r\nContent-Length: -1", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2",
        "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999", "POST / HTTP/1.1\r\nContent-Length: 1e3",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", "POST / HTTP/1.1\r\nTransfer-Encoding: gzip",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "POST / HTTP/1.1\r\nExpect: miracles",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    ]  # fmt: skip
    return Malformed("head", (choose.choice(lines) + "\r\n\r\n").encode("latin-1"), may_be_good=True)


def flip(choose: random.Random) -> Malformed:
    """A good request with some bytes changed, taken out or doubled."""
    data = bytearray(good_request(MODEL))
    for _ in range(choose.randrange(1, 6)):
        at = choose.randrange(len(data))
        change = choose.randrange(3)
        if change == 0:
            data[at] = choose.randrange(256)
        elif change == 1:
            del data[at : at + choose.randrange(1, 20)]
        else:
            data[at:at] = data[at : at + choose.randrange(1, 20)]
    return Malformed("flipped", bytes(data), may_be_good=True)


def v2_document(**changes) -> dict:
    tensor = {"name": "x", "shape": [1, 64], "datatype": "FP32", "data": [0.5] * 64}
    return {"inputs": [tensor | changes]}


def bad_json(choose: random.Random) -> Malformed:
    texts: list[bytes] = [
        b"", b"{", b"[" * 10_000, b'{"inputs":' * 2000, b"nul", b'"\\ud800"', b'{"inputs":[{"name":"\xff"}]}', b"{}" * 50,
        b'{"a":1e999999}', b'{"inputs":[{"name":"x","shape":[1,64],"datatype":"FP32","data":[' + b"0," * 200_000 + b"0]}]}",
        b'{"inputs":[{"name":"x","shape":[1,64],"datatype":"FP32","data":[NaN]}]}', b"\x00" * 1000,
        b'{"inputs":[],"inputs":[]}', b'{"id":"' + b"i" * 100_000 + b'","inputs":[]}',
    ]  # fmt: skip
    return Malformed("JSON", post(choose.choice(texts), headers="Content-Type: application/json\r\n"))


def bad_document(choose: random.Random) -> Malformed:
    values = [None, True, -1, 0, 2**31, 2**63, 2**64, -(2**63), 1.5, "", "x", [], {}, [[]], [1, 64, 1], [0, 64], [-1, 64],
              [2**62, 64], [2**32, 2**32], [1, "64"], [1.0, 64], "FP64", "INT8", "BYTES", [0.5] * 63, [[0.5] * 64] * 2,
              ["a"] * 64, [None] * 64, [1e400] * 64, [True] * 64, [2**70] * 64]  # fmt: skip
    key = choose.choice(["name", "shape", "datatype", "data", "parameters"])
    value = choose.choice(values)
    document = v2_document(**{key: value})
    if choose.random() < 0.2:
        document[choose.choice(["id", "parameters", "outputs", "inputs"])] = choose.choice(values)
    return Malformed("V2", post(json.dumps(document).encode()), may_be_good=True)


def bad_binary(choose: random.Random) -> Malformed:
    size = choose.choice([0, 255, 256, 257, -1, 2**31, 2**63, 2**64])
    document = {"inputs": [{"name": "x", "shape": [1, 64], "datatype": "FP32", "parameters": {"binary_data_size": size}}]}
    text = json.dumps(document).encode()
    length = choose.choice([0, 1, len(text) - 1, len(text), len(text) + 1, -5, 2**40, "x"])
    headers = f"Inference-Header-Content-Length: {length}\r\n"
    return Malformed("binary", post(text + bytes(choose.choice([0, 100, 256, 300])), headers=headers), may_be_good=True)


def bad_coding(choose: random.Random) -> Malformed:
    coding = choose.choice(["gzip", "deflate", "br", "gzip, gzip", "identity, x"])
    body = choose.randbytes(choose.choice([0, 1, 20, 5000]))
    if choose.random() < 0.5:
        body = b"\x1f\x8b\x08\x00" + body
    return Malformed("content coding", post(body, headers=f"Content-Encoding: {coding}\r\n"), may_be_good=True)


def cut_off(choose: random.Random) -> Malformed:
    data = good_request(MODEL)
    return Malformed("cut off", data[: choose.randrange(1, len(data))])


def bad_route(choose: random.Random) -> Malformed:
    path = choose.choice(["/v2/models//infer", "/v2/models/no such/infer", "/v2/models/tiny/versions/9/infer", "/v2/../etc",
                          "/v2/models/%00/infer", "/v2/models/" + "a" * 5000 + "/infer", "/v2/repository/models/x/load",
                          "/v2/repository/index", "/inference", "//", "/v2/models/tiny/versions/-1/infer"])  # fmt: skip
    method = choose.choice(["POST", "GET", "PUT", "DELETE", "BREW"])
    body = choose.randbytes(choose.choice([0, 10, 1000]))
    head = f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n"
    return Malformed("route", head.replace(" such", "%20such").encode() + body, may_be_good=True)


def bad_frames(choose: random.Random) -> Malformed:
    """HTTP/2 by prior knowledge: the preface, then frames of random kinds and lengths. Its answers are not HTTP/1.1."""
    frames = bytearray(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    if choose.random() < 0.7:
        frames += bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])  # settings
    for _ in range(choose.randrange(1, 20)):
        payload = choose.randbytes(choose.choice([0, 4, 5, 8, 100]))
        length = choose.choice([len(payload)] * 4 + [0xFFFFFF])
        stream = choose.choice([0, 1, 3, 0x7FFFFFFF])
        frames += length.to_bytes(3, "big") + bytes([choose.randrange(12), choose.randrange(256)])
        frames += stream.to_bytes(4, "big") + payload
    return Malformed("frames", bytes(frames))


MAKERS: tuple[Callable[[random.Random], Malformed], ...] = (
    bad_head, flip, bad_json, bad_document, bad_binary, bad_coding, cut_off, bad_route, bad_frames,
)  # fmt: skip


def malformed_requests(seed: int) -> Iterator[Malformed]:
    """Without end; the same for the same seed."""
    choose = random.Random(seed)
    return (maker(choose) for maker in itertools.cycle(MAKERS))
