# SPDX-License-Identifier: Apache-2.0
"""A client that knows just enough HTTP/1.1 to send any bytes and to tell a whole answer from a torn one."""

import asyncio
import dataclasses
import json
import re


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Torn(Exception):
    """The connection ended inside an answer."""


class Closed(Exception):
    """The connection ended before the first byte of an answer."""


class Client:
    """One connection. `async with Client(port) as client`."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def __aenter__(self) -> "Client":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 24)
        return self

    async def __aexit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """Goes without a goodbye: what the server still sends meets a reset."""
        self.writer.transport.abort()

    async def ask(self, request: bytes) -> Answer:
        try:
            self.writer.write(request)
            await self.writer.drain()
        except ConnectionError:
            pass  # an answer may have come before it
        return await self.read_answer()

    async def read_answer(self) -> Answer:
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            raise (Torn if error.partial else Closed)(str(error)) from None
        except ConnectionError as error:
            raise Closed(str(error)) from None
        status = re.match(rb"HTTP/1\.1 (\d{3}) ", head)
        if status is None:
            raise Torn(f"no HTTP answer: {head[:60]!r}")
        lines = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
        headers = {name.lower(): value.strip() for name, _, value in lines if name}
        try:
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Torn(str(error)) from None
        return Answer(int(status[1]), headers, body)


def error_text(answer: Answer) -> str:
    """What an answer other than 2xx says; "" when it is not {"error": "a sentence"}."""
    try:
        text = json.loads(answer.body)["error"]
    except (ValueError, KeyError, TypeError):
        return ""
    return text if isinstance(text, str) and len(text) >= 12 and " " in text else ""


async def ask_once(port: int, request: bytes) -> Answer:
    async with Client(port) as client:
        return await client.ask(request)
