# SPDX-License-Identifier: Apache-2.0
"""Background load: processes that are busy and idle by turns, as a machine's other inhabitants are."""

import subprocess
import sys
import time

# Random spells of 20 to 400 ms, half of them busy; now and then one that streams through memory instead of computing.
PROGRAM = """
import random, sys, time
import numpy as np
random.seed(int(sys.argv[1]))
small, large = np.ones((96, 96), np.float32), np.ones(4_000_000, np.float32)
while True:
    end = time.monotonic() + random.uniform(0.02, 0.4)
    step = (lambda: small @ small) if random.random() < 0.7 else (lambda: large.sum())
    while time.monotonic() < end:
        step()
    time.sleep(random.uniform(0.02, 0.4))
"""


class BackgroundLoad:
    """`count` such processes while it is entered; each has one thread and a seed of its own."""

    def __init__(self, count: int) -> None:
        self.count, self.processes = count, []

    def __enter__(self):
        environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
        for seed in range(self.count):
            self.processes.append(subprocess.Popen([sys.executable, "-c", PROGRAM, str(seed)], env=environment))
        time.sleep(1)
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()

    def __str__(self) -> str:
        return f"{self.count} processes busy about half of the time (spells of 20 to 400 ms, computing or streaming through memory)"
