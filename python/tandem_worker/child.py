# SPDX-License-Identifier: Apache-2.0
"""The program that Tandem starts, with descriptors 3 (requests), 4 (answers) and 5 (a socket for descriptors)."""

import os
import socket
import sys

from tandem_worker.wire import Connection
from tandem_worker.worker import Worker

REQUESTS, ANSWERS, DESCRIPTORS = 3, 4, 5
BUSY_POLL = "TANDEM_WORKER_BUSY_POLL_US"


def main():
    for descriptor in (REQUESTS, ANSWERS, DESCRIPTORS):
        os.set_inheritable(descriptor, False)
    busy_poll_us = int(os.environ.get(BUSY_POLL, "0"))
    with socket.socket(fileno=DESCRIPTORS) as descriptors:
        return Worker(Connection(REQUESTS, ANSWERS, descriptors, busy_poll_us * 1000)).serve()


if __name__ == "__main__":
    sys.exit(main())
