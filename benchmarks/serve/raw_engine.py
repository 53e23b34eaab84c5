# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime alone: how many samples a second the machine can do at best, with no server around it.

The same class starts the processes and is asked for windows; as a program it is one of those processes: it reads seconds
from standard input, a line a window, and answers with the number of samples it ran.
"""

import itertools
import subprocess
import sys
import time
from pathlib import Path

Setting = dict[str, int]


def settings(cores: int, batches: tuple[int, ...]) -> list[Setting]:
    """One process with all cores, or a process for each core; at each batch size."""
    shares = [{"processes": 1, "threads": cores}, {"processes": cores, "threads": 1}]
    return [share | {"batch": batch} for share, batch in itertools.product(shares[: 1 if cores == 1 else 2], batches)]


class RawEngine:
    def __init__(self, model: Path, name: str, setting: Setting) -> None:
        self.processes = [
            subprocess.Popen(
                [sys.executable, __file__, str(model), name, str(setting["threads"]), str(setting["batch"])],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                start_new_session=True,  # as the servers: the kernel shares the cores among sessions
            )
            for _ in range(setting["processes"])
        ]  # fmt: skip
        for process in self.processes:
            if process.stdout.readline().strip() != "ready":
                raise RuntimeError(f"the engine alone could not load {model}; see above")

    def samples_per_second(self, seconds: float) -> float:
        for process in self.processes:
            process.stdin.write(f"{seconds}\n")
            process.stdin.flush()
        return sum(float(process.stdout.readline()) for process in self.processes)

    def stop(self) -> None:
        for process in self.processes:
            process.stdin.close()
            process.wait()


def run_windows(model: str, name: str, threads: int, batch: int) -> None:
    import onnxruntime

    import models

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    inputs = {"x": models.sample(name).repeat(batch, 0)}
    session.run(None, inputs)
    print("ready", flush=True)
    for line in sys.stdin:
        start, runs = time.perf_counter(), 0
        while (spent := time.perf_counter() - start) < float(line):
            session.run(None, inputs)
            runs += 1
        print(runs * batch / spent, flush=True)


if __name__ == "__main__":
    run_windows(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
