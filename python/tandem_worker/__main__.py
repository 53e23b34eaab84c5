# SPDX-License-Identifier: Apache-2.0
"""The program that Tandem starts; its one argument is the number of a descriptor, a connected Unix socket."""

import socket
import sys

from tandem_worker.worker import Worker


def main(descriptor):
    with socket.socket(fileno=descriptor) as connection:
        return Worker(connection).serve()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[-1])))
