# SPDX-License-Identifier: Apache-2.0
"""When the worker waits awake, and that it then still hears everything."""

import os
import socket
import struct
import threading
import time

from tandem_worker import busy_poll, wire

LONGEST_NS = 100_000


def after(*waits_ns):
    poll = busy_poll.BusyPoll(LONGEST_NS)
    for wait_ns in waits_ns:
        poll.waited(wait_ns)
    return poll.window_ns


def test_sleeps_until_waits_have_been_short_for_long():
    assert after(*[150_000] * (busy_poll.PRICE - 1)) == 0
    assert after(*[150_000] * busy_poll.PRICE) == LONGEST_NS


def test_one_wait_polled_in_vain_ends_it():
    assert after(*[50_000] * 1000, 100_001) == 0


def test_never_polls_when_it_is_off():
    poll = busy_poll.BusyPoll(0)
    for _ in range(100):
        poll.waited(0)
    assert poll.window_ns == 0


def connection(busy_poll_ns):
    requests, write_end = os.pipe()
    ours, theirs = socket.socketpair()
    ours.close()
    return wire.Connection(requests, -1, theirs, busy_poll_ns), write_end


def ask(write_end, number):
    os.write(write_end, struct.pack("<IHHI", 4, wire.RUN, 0, number))


def test_hears_requests_that_come_while_it_polls_and_while_it_sleeps():
    heard, write_end = connection(busy_poll_ns=10**9)
    for number in range(2 * busy_poll.PRICE):
        ask(write_end, number)
        assert heard.receive() == (wire.RUN, struct.pack("<I", number))
    assert heard._busy_poll.window_ns > 0
    late = threading.Timer(0.05, ask, (write_end, 77))
    late.start()
    assert heard.receive() == (wire.RUN, struct.pack("<I", 77))


def test_hears_the_end_while_it_polls():
    heard, write_end = connection(busy_poll_ns=10**10)
    for number in range(busy_poll.PRICE):
        ask(write_end, number)
        heard.receive()
    threading.Timer(0.05, os.close, (write_end,)).start()
    begin = time.monotonic()
    assert heard.receive() is None
    assert time.monotonic() - begin < 10
