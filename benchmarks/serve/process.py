# SPDX-License-Identifier: Apache-2.0
"""A server's processes as the kernel sees them: CPU time, memory, an end that leaves nothing behind."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

MIB = 1 << 20


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def cpu_seconds_of(pid: int) -> float:
    """User and system time of a process, all its threads, in nanosecond steps: the kernel's CPU clock of that process."""
    return time.clock_gettime(~pid << 3 | 2)


def machine_cpu_seconds() -> float:
    """What all processes of the machine have used."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _, _, irq, softirq = (int(field) for field in fields[:7])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


class Server:
    """One server that runs: its main process and whatever it started."""

    def __init__(self, command: list[str], port: int, *, environment: dict[str, str] | None = None, log: Path) -> None:
        self.port = port
        self.log = log
        self.started = time.monotonic()
        with log.open("w") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                env={**os.environ, **(environment or {})},
            )  # fmt: skip

    def pids(self) -> list[int]:
        """The main process and its descendants."""
        found = [self.process.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += [int(child) for child in children.read_text().split()]
        return found

    def cpu_seconds(self) -> float:
        return sum(cpu_seconds_of(pid) for pid in self.pids())

    def memory_mib(self) -> tuple[float, float]:
        """Resident and proportional set size, summed over the processes."""
        rss = pss = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                name, _, value = line.partition(":")
                rss += int(value.split()[0]) if name == "Rss" else 0
                pss += int(value.split()[0]) if name == "Pss" else 0
        return rss / 1024, pss / 1024

    def post(self, request, timeout: float = 60) -> int:
        """Sends one request on a connection of its own; the status of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            connection.sendall(request.head().encode() + request.body)
            answer = connection.recv(65536)
        return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0

    def wait_until_answered(self, request, limit: float = 90) -> float:
        """Seconds from the start of the process to its first good answer to an inference."""
        while time.monotonic() - self.started < limit:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log.read_text()[-3000:]}")
            try:
                if self.post(request) == 200:
                    return time.monotonic() - self.started
            except OSError:
                pass  # not listening yet
            time.sleep(0.001)
        raise RuntimeError(f"no answer to an inference after {limit:g} s:\n{self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        """SIGTERM to the main process, as a service manager does; what is left after that is killed."""
        group = self.process.pid
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        try:
            os.killpg(group, signal.SIGKILL)  # workers that outlive their main process
        except ProcessLookupError:
            pass
