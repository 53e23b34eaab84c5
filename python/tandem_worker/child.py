# SPDX-License-Identifier: Apache-2.0
"""The program that Tandem starts, with descriptors 3 (requests), 4 (answers) and 5 (a socket for descriptors)."""

import os
import socket
import sys

from tandem_worker.wire import Connection
from tandem_worker.worker import Worker

REQUESTS, ANSWERS, DESCRIPTORS = 3, 4, 5


def main():
    for descriptor in (REQUESTS, ANSWERS, DESCRIPTORS):
        os.set_inheritable(descriptor, False)
    with socket.socket(fileno=DESCRIPTORS) as descriptors:
        return Worker(Connection(REQUESTS, ANSWERS, descriptors)).serve()


if __name__ == "__main__":
    sys.exit(main())
