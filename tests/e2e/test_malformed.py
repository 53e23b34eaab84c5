# SPDX-License-Identifier: Apache-2.0
"""Bytes that no honest client sends: the server answers 4xx (or 5xx for what it does not speak) or closes, and lives on."""

import json
import re
import socket
import struct

import pytest
import requests

from type_models import TWO_INPUTS, name_of

FLOATS = name_of("FP32")
INFER = f"/v2/models/{FLOATS}/infer"


@pytest.fixture(autouse=True)
def server_stays_alive(type_server):
    yield
    assert type_server.alive(), type_server.log
    assert requests.get(f"{type_server.url}/v2/health/live", timeout=30).status_code == 200


def exchange(server, data, half_close=True, seconds=30):
    """Sends bytes on a new connection and returns all that comes back until the server closes or falls silent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        received = b""
        try:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                received += piece
        except (ConnectionResetError, BrokenPipeError):
            pass  # closing hard is an answer too
        return received


def statuses(answer):
    """The status codes of the answers in a byte stream."""
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def assert_refused(answer, *allowed):
    codes = statuses(answer)
    assert not codes or codes[0] in (allowed or range(400, 500)), answer[:500]


def post(headers, body=b"", path=INFER):
    head = f"POST {path} HTTP/1.1\r\nHost: test\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers)
    return head.encode("latin-1") + b"\r\n" + body


@pytest.mark.parametrize("line", [
    b"", b"\r\n\r\n", b"GET\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1 extra\r\n\r\n",
    b"GE T / HTTP/1.1\r\n\r\n", b"GET  / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", b"\xff" * 1000, b"A" * 200_000,
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
])
def test_a_bad_request_line_is_refused(type_server, line):
    assert_refused(exchange(type_server, line), *range(400, 500), 501, 505)


@pytest.mark.parametrize("header", [
    b"No-Colon-Here", b": empty name", b"Bad Name: x", b"Name : space before the colon", b"X: a\x00b",
    b" folded: first line", b"Content-Length: -1", b"Content-Length: 1e3", b"Content-Length: 0x10",
    b"Content-Length: 99999999999999999999", b"Content-Length: 4\r\nContent-Length: 5", b"Content-Length: 4, 5",
    b"Content-Length: +4", b"Content-Length:", b"Transfer-Encoding: chunked\r\nContent-Length: 4",
    b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: chunked, identity", b"Transfer-Encoding: xchunked",
])
def test_a_bad_header_is_refused_and_nothing_after_it_is_read_as_a_request(type_server, header):
    smuggled = b"GET /v2/health/live HTTP/1.1\r\nHost: a\r\n\r\n"
    data = b"POST " + INFER.encode() + b" HTTP/1.1\r\nHost: a\r\n" + header + b"\r\n\r\n" + smuggled
    answer = exchange(type_server, data)
    assert_refused(answer, *range(400, 500), 501)
    assert len(statuses(answer)) <= 1, answer[:1000]


def test_huge_headers_are_refused(type_server):
    many = b"".join(b"X-%d: y\r\n" % i for i in range(20_000))
    assert_refused(exchange(type_server, b"GET / HTTP/1.1\r\nHost: a\r\n" + many + b"\r\n"))
    assert_refused(exchange(type_server, b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n"))


@pytest.mark.parametrize("chunks", [
    b"zz\r\n\r\n", b"-1\r\n\r\n", b"ffffffffffffffffff\r\n", b"5\r\nab\r\n0\r\n\r\n", b"2\r\nabX\r\n0\r\n\r\n", b"5;" + b"x" * 100_000,
])
def test_bad_chunks_are_refused(type_server, chunks):
    assert_refused(exchange(type_server, post([("Transfer-Encoding", "chunked")], chunks)))


def test_a_body_that_ends_early_gets_no_answer_as_if_it_were_whole(type_server):
    answer = exchange(type_server, post([("Content-Length", 1000)], b'{"inputs":['))
    assert_refused(answer)


def test_a_body_above_the_limit_is_refused_before_it_is_read(type_server):
    answer = exchange(type_server, post([("Content-Length", 10**12)]), half_close=False)
    assert statuses(answer) == [413]


def test_expect_continue_is_answered(type_server):
    body = b"{}"
    with socket.create_connection(("127.0.0.1", type_server.port), timeout=30) as connection:
        connection.sendall(post([("Expect", "100-continue"), ("Content-Length", len(body))]))
        assert connection.recv(4096).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        assert statuses(connection.recv(65536)) == [400]


def test_requests_behind_each_other_are_answered_in_order(type_server):
    one = b"GET /v2/health/live HTTP/1.1\r\nHost: a\r\n\r\n"
    missing = b"GET /v2/models/none HTTP/1.1\r\nHost: a\r\n\r\n"
    assert statuses(exchange(type_server, one + missing + one)) == [200, 404, 200]


def test_a_slow_client_is_understood_byte_by_byte(type_server):
    data = b"GET /v2/health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", type_server.port), timeout=30) as connection:
        for byte in data:
            connection.sendall(bytes([byte]))
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")


# Infer bodies: JSON that is no request, and binary parts whose sizes lie.

DEEP = "[" * 100_000


@pytest.mark.parametrize("body", [
    "", "{", "null", "[]", "7", '"text"', "{}", '{"inputs":{}}', '{"inputs":[]}', '{"inputs":[7]}', DEEP, '{"inputs":' + DEEP,
    '{"inputs":[{"name":"INPUT","shape":[1,2],"datatype":"FP32","data":' + DEEP,
    '{"inputs":[{"name":7,"shape":[1],"datatype":"FP32","data":[1]}]}',
    '{"inputs":[{"name":"INPUT","shape":"1","datatype":"FP32","data":[1]}]}',
    '{"inputs":[{"name":"INPUT","shape":[-1,-2],"datatype":"FP32","data":[1,2]}]}',
    '{"inputs":[{"name":"INPUT","shape":[1.5,2],"datatype":"FP32","data":[1,2,3]}]}',
    '{"inputs":[{"name":"INPUT","shape":[9223372036854775807,9223372036854775807],"datatype":"FP32","data":[1]}]}',
    '{"inputs":[{"name":"INPUT","shape":[1,2],"datatype":"FP128","data":[1,2]}]}',
    '{"inputs":[{"name":"INPUT","shape":[1,2],"datatype":"FP32"}]}',
    '{"inputs":[{"name":"INPUT","shape":[1,2],"datatype":"FP32","data":[1]}]}',
    '{"inputs":[{"name":"INPUT","shape":[1,2],"datatype":"FP32","data":[1,2,3]}]}',
    '{"inputs":[{"name":"INPUT","shape":[1,2],"datatype":"FP32","data":[1,"two"]}]}',
    '{"inputs":[{"name":"INPUT","shape":[1,2],"datatype":"FP32","data":[1,null]}]}',
    '{"inputs":[{"name":"INPUT","shape":[1,2],"datatype":"FP32","data":{"a":1}}]}',
    '{"inputs":[{"name":"INPUT","shape":[1,2],"datatype":"FP32","data":[1,2]}],"outputs":7}',
    '{"inputs":[{"name":"INPUT","shape":[1,2],"datatype":"FP32","data":[1,2]}]} trailing',
    '{"inputs":[{"name":"INPUT","shape":[1,2],"datatype":"FP32","data":[01,2]}]}',
    '{"inputs":[{"name":"INPUT","shape":[1,2],"datatype":"FP32","data":[1,2,]}]}',
], ids=lambda body: body[-40:] or "empty")
def test_json_that_is_no_request_is_refused_with_a_sentence(type_server, body):
    answer = requests.post(type_server.url + INFER, data=body.encode(), timeout=60)
    assert answer.status_code == 400, answer.text
    assert len(answer.json()["error"]) > 15


@pytest.mark.parametrize("datatype, value", [
    ("UINT8", 256), ("UINT8", -1), ("INT8", 128), ("INT32", 2**31), ("UINT64", -1), ("UINT64", 2**64), ("INT64", 2**63),
    ("INT32", 1.5), ("BOOL", 2), ("BOOL", "true"), ("BYTES", 7), ("FP32", True),
])
def test_a_value_outside_its_type_is_refused(type_server, datatype, value):
    body = {"inputs": [{"name": "INPUT", "shape": [1, 1], "datatype": datatype, "data": [value]}]}
    answer = requests.post(f"{type_server.url}/v2/models/{name_of(datatype)}/infer", json=body, timeout=60)
    assert answer.status_code == 400, answer.text
    assert "INPUT" in answer.json()["error"]


def test_a_text_that_is_no_utf8_is_refused(type_server):
    body = b'{"inputs":[{"name":"INPUT","shape":[1,1],"datatype":"BYTES","data":["\xff\xfe"]}]}'
    answer = requests.post(f"{type_server.url}/v2/models/{name_of('BYTES')}/infer", data=body, timeout=60)
    assert answer.status_code == 400, answer.text


def binary_request(size, payload, header_length=None, datatype="FP32", shape=(1, 2)):
    head = json.dumps({"inputs": [{
        "name": "INPUT", "shape": list(shape), "datatype": datatype, "parameters": {"binary_data_size": size}}]}).encode()
    length = len(head) if header_length is None else header_length
    return {"data": head + payload, "headers": {"Inference-Header-Content-Length": str(length)}}


TWO_FLOATS = struct.pack("<2f", 1, 2)


@pytest.mark.parametrize("request_parts", [
    binary_request(8, b""),
    binary_request(8, TWO_FLOATS[:-1]),
    binary_request(8, TWO_FLOATS + b"left over"),
    binary_request(7, TWO_FLOATS[:-1]),
    binary_request(16, TWO_FLOATS * 2),
    binary_request(0, b""),
    binary_request(-8, TWO_FLOATS),
    binary_request(2**63, TWO_FLOATS),
    binary_request("8", TWO_FLOATS),
    binary_request(8, TWO_FLOATS, header_length=-1),
    binary_request(8, TWO_FLOATS, header_length=10**9),
    binary_request(8, TWO_FLOATS, header_length="many"),
    binary_request(8, TWO_FLOATS, header_length=5),
    binary_request(8, TWO_FLOATS, shape=(2**62, 4)),
], ids=["none", "short", "left-over", "odd", "double", "zero", "negative", "enormous", "text", "negative-header",
        "long-header", "text-header", "cut-header", "overflow"])
def test_a_binary_part_whose_size_lies_is_refused(type_server, request_parts):
    answer = requests.post(type_server.url + INFER, timeout=60, **request_parts)
    assert answer.status_code == 400, answer.text
    assert len(answer.json()["error"]) > 15


@pytest.mark.parametrize("payload", [
    b"\x05\x00\x00\x00abc", b"\xff\xff\xff\xff", b"\x01\x00\x00", b"\x01\x00\x00\x00a" * 2, b"",
], ids=["short", "enormous", "half-a-length", "two-for-one", "none"])
def test_a_string_whose_length_lies_is_refused(type_server, payload):
    parts = binary_request(len(payload), payload, datatype="BYTES", shape=(1, 1))
    answer = requests.post(f"{type_server.url}/v2/models/{name_of('BYTES')}/infer", timeout=60, **parts)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("encoding, body", [("gzip", b"no gzip"), ("deflate", b"\x00\x01"), ("br", b"{}"), ("gzip", b"")])
def test_a_content_encoding_that_does_not_hold_is_refused(type_server, encoding, body):
    answer = requests.post(type_server.url + INFER, data=body, headers={"Content-Encoding": encoding}, timeout=60)
    assert answer.status_code in (400, 415, 501), answer.text


def test_a_compressed_bomb_is_refused(type_server):
    import gzip

    body = gzip.compress(b" " * (256 << 20), compresslevel=1)
    answer = requests.post(type_server.url + INFER, data=body, headers={"Content-Encoding": "gzip"}, timeout=120)
    assert answer.status_code in (400, 413), answer.text


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "nonsense"])
def test_the_content_type_does_not_matter(type_server, content_type):
    body = b'{"inputs":[{"name":"INPUT","shape":[1,2],"datatype":"FP32","data":[1,2]}]}'
    answer = requests.post(type_server.url + INFER, data=body, headers={"Content-Type": content_type}, timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.json()["outputs"][0]["data"] == [1, 2]


def test_a_wrong_method_and_an_unknown_path_say_so(type_server):
    assert requests.delete(type_server.url + INFER, timeout=60).status_code == 405
    assert requests.get(f"{type_server.url}/v2/models/{TWO_INPUTS}/infer", timeout=60).status_code == 405
    assert requests.get(f"{type_server.url}/v3", timeout=60).status_code == 404
    assert requests.get(f"{type_server.url}/v2/models/%2e%2e%2f%2e%2e", timeout=60).status_code == 404
