#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the first inputs of the fuzz targets grpc_message and http2, byte by byte. Needs nothing but Python.

Files named finding_* are reproducers of bugs found by fuzzing; this script leaves them alone.
"""
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent


def put(target, name, data):
    (HERE / target).mkdir(exist_ok=True)
    (HERE / target / name).write_bytes(data)


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def parameter(name, value):
    return field(1, name) + field(2, value)


def tensor(name, datatype, shape, rest=b""):
    return field(5, field(1, name) + field(2, datatype) + field(3, b"".join(map(varint, shape))) + rest)


def framed(message, flag=0):
    return bytes([flag]) + struct.pack(">I", len(message)) + message


def grpc_seeds():
    floats = struct.pack("<4f", 1, 2, 3, 4)
    strings = struct.pack("<I", 2) + b"ab"
    raw = field(1, b"m") + field(3, b"17") + tensor(b"x", b"FP32", [2, 2]) + field(7, floats)
    both = field(1, b"m") + tensor(b"s", b"BYTES", [1]) + tensor(b"x", b"FP32", [2, 2]) + field(7, strings) + field(7, floats)
    typed = field(1, b"m") + tensor(b"x", b"FP32", [1, 2], field(5, field(6, floats[:8])))
    ints = field(1, b"m") + tensor(b"x", b"INT8", [2], field(5, field(2, varint(2**64 - 5) + varint(7))))
    named = raw + field(6, field(1, b"y") + field(2, parameter(b"classification", b"\x10\x02")))
    settings = raw + field(4, parameter(b"timeout", b"\x10\x64")) + field(
        4, parameter(b"triton_enable_empty_final_response", b"\x08\x01"))
    shared = field(1, b"m") + tensor(b"x", b"FP32", [2, 2], field(
        4, parameter(b"shared_memory_region", field(3, b"r"))) + field(4, parameter(b"shared_memory_byte_size", b"\x10\x10")))
    load = field(2, b"m") + field(3, parameter(b"config", field(3, b"{}"))) + field(3, parameter(b"file:1/m.onnx", field(4, b"x")))
    messages = {"raw": raw, "both": both, "typed": typed, "ints": ints, "named": named, "settings": settings,
                "shared": shared, "load": load, "empty": b"", "long": raw + field(9, b"y" * 700)}
    for name, message in messages.items():
        put("grpc_message", name, b"\x06" + framed(message))
    put("grpc_message", "two", b"\x00" + framed(raw) + framed(typed))
    put("grpc_message", "too_long", b"\x10" + b"\0\x7f\xff\xff\xff" + raw)
    put("grpc_message", "bad_flag", b"\x10" + framed(raw, 9))
    put("grpc_message", "cut", b"\x03" + framed(raw)[:20])


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


def head(method, path, *fields):
    block = literal(b":method", method) + literal(b":scheme", b"http") + literal(b":path", path) + literal(b":authority", b"t")
    return block + b"".join(literal(n, v) for n, v in fields)


def http2_seeds():
    data, headers, rst, settings, ping, goaway, window, continuation = 0, 1, 3, 4, 6, 7, 8, 9
    start = frame(settings, 0, 0, b"")
    get = frame(headers, 5, 1, head(b"GET", b"/x?y=1"))
    post = frame(headers, 4, 1, head(b"POST", b"/x", (b"content-length", b"5"))) + frame(data, 1, 1, b"hello")
    gathered = frame(headers, 4, 1, head(b"POST", b"/x")) + frame(data, 0, 1, b"he") + frame(data, 1, 1, b"llo")
    stream = frame(headers, 4, 1, head(b"POST", b"/s")) + frame(data, 0, 1, b"one") + frame(data, 1, 1, b"two")
    seeds = {
        "get": get, "post": post, "gathered": gathered, "stream": stream,
        "gzip": frame(headers, 4, 1, head(b"POST", b"/x", (b"content-encoding", b"gzip"))) + frame(data, 1, 1, b"\x1f\x8b"),
        "head": frame(headers, 5, 1, head(b"HEAD", b"/x")),
        "reset": frame(headers, 4, 1, head(b"POST", b"/s")) + frame(rst, 0, 1, struct.pack(">I", 8)) + get.replace(b"\0\0\0\1", b"\0\0\0\3", 1),
        "ping": frame(ping, 0, 0, b"12345678") * 3, "goaway": get + frame(goaway, 0, 0, struct.pack(">II", 0, 0)),
        "window": stream + frame(window, 0, 0, struct.pack(">I", 1000)) + frame(window, 0, 1, struct.pack(">I", 2**31 - 1)),
        "small_window": frame(settings, 0, 0, struct.pack(">HI", 4, 3)) + post,
        "continuation": frame(headers, 1, 1, head(b"GET", b"/x")[:20]) + frame(continuation, 4, 1, head(b"GET", b"/x")[20:]),
        "trailers": frame(headers, 4, 1, head(b"POST", b"/s")) + frame(data, 0, 1, b"x") + frame(headers, 5, 1, literal(b"a", b"b")),
        "bad_length": frame(headers, 4, 1, head(b"POST", b"/x", (b"content-length", b"3"))) + frame(data, 1, 1, b"hello"),
        "many": b"".join(frame(headers, 5, i, head(b"GET", b"/x")) for i in range(1, 40, 2)),
    }
    for name, bytes_of in seeds.items():
        put("http2", name, b"\xff" + start + bytes_of)
    put("http2", "small_reads", b"\x04" + start + stream)
    put("http2", "no_settings", b"\xff" + get)


if __name__ == "__main__":
    grpc_seeds()
    http2_seeds()
