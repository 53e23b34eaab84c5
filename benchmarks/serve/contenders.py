# SPDX-License-Identifier: Apache-2.0
"""What is measured against each other: how each is started, with which settings it may be, what it takes as a request."""

import dataclasses
import functools
import itertools
import os
import subprocess
from pathlib import Path

import numpy as np

from . import models, requests
from .process import Server, free_port

ROOT = Path(__file__).resolve().parents[2]
RELEASE = ROOT / "build/release"
TANDEM = Path(os.environ.get("TANDEM_BINARY", RELEASE / "tandem"))
PEERS = ROOT / "build/peers"
APPS = Path(__file__).parent / "peers"
CORES = len(os.sched_getaffinity(0))

Setting = dict[str, str]


@dataclasses.dataclass(frozen=True)
class Model:
    name: str
    path: Path

    @functools.cached_property
    def sample(self) -> np.ndarray:
        return models.sample(self.name)

    @functools.cached_property
    def heavy(self) -> bool:
        """An answer takes milliseconds, so that what is in work when a window ends is a share of it that counts."""
        return self.path.stat().st_size >= 1 << 20


class Contender:
    """One way to serve a model. `settings`: those that the sweep tries, the best of which counts; one: its defaults."""

    name = ""
    version_file: Path  # what it runs; a change makes the remembered settings void

    def settings(self, model: Model) -> list[Setting]:
        return [{}]

    def start(self, model: Model, form: str, setting: Setting) -> Server:
        raise NotImplementedError

    def request(self, model: Model, form: str) -> requests.Request:
        return requests.plain_request(model.sample, form)

    def log(self) -> Path:
        (PEERS / "logs").mkdir(parents=True, exist_ok=True)
        return PEERS / "logs" / f"{self.name}.log"


@functools.cache
def serve_help() -> str:
    return subprocess.run([str(TANDEM), "serve", "--help"], capture_output=True, text=True, check=True).stdout


class Tandem(Contender):
    """As it is started by someone who sets nothing."""

    name, version_file = "tandem", TANDEM

    def start(self, model: Model, form: str, setting: Setting) -> Server:
        port = free_port()
        command = [str(TANDEM), "serve", str(model.path), "--port", str(port)]
        if "--no-grpc" in serve_help():
            command.append("--no-grpc")  # the port for HTTP speaks gRPC too
        return Server(command, port, log=self.log())

    def request(self, model: Model, form: str) -> requests.Request:
        return requests.v2_request(model.name, model.sample, form)


class Echo(Contender):
    """HTTP and protocol V2 without a model: what the server adds to the floor before an engine runs."""

    name, version_file = "tandem without a model", RELEASE / "benchmarks/serve_echo"

    def start(self, model: Model, form: str, setting: Setting) -> Server:
        port = free_port()
        return Server([str(self.version_file), str(port)], port, log=self.log())

    def request(self, model: Model, form: str) -> requests.Request:
        return requests.v2_request("double", model.sample, form)


class Floor(Contender):
    """A bare epoll loop that answers every request of this size alike."""

    name, version_file = "floor: epoll alone", RELEASE / "benchmarks/serve_floor"

    def start(self, model: Model, form: str, setting: Setting) -> Server:
        port = free_port()
        return Server([str(self.version_file), str(port), "256"], port, log=self.log())

    def request(self, model: Model, form: str) -> requests.Request:
        return requests.v2_request(model.name, model.sample, form)


def app_environment(model: Model, form: str, setting: Setting) -> Setting:
    """What the applications in peers/ read. OMP_NUM_THREADS keeps numpy to its own thread."""
    shape = ",".join(str(size) for size in model.sample.shape)
    return {"MODEL": str(model.path), "SHAPE": shape, "DTYPE": model.sample.dtype.name, "FORM": form, **setting}


class Mosec(Contender):
    name, version_file = "mosec", APPS / "mosec_requirements.txt"

    def settings(self, model: Model) -> list[Setting]:
        batches = ("1", "8", "32") if model.name != models.RESNET else ("1", "8")
        return [
            {"WORKERS": str(workers), "THREADS": str(max(1, CORES // workers)), "BATCH": batch}
            for workers, batch in itertools.product(sorted({1, CORES}), batches)
        ]

    def start(self, model: Model, form: str, setting: Setting) -> Server:
        port = free_port()
        environment = app_environment(model, form, setting) | {
            "MOSEC_PORT": str(port), "MOSEC_ADDRESS": "127.0.0.1", "MOSEC_TIMEOUT": "60000", "MOSEC_LOG_LEVEL": "error",
        }  # fmt: skip
        command = [str(PEERS / "mosec/bin/python"), str(APPS / "mosec_app.py")]
        return Server(command, port, environment=environment, log=self.log())


class FastApi(Contender):
    name, version_file = "fastapi", APPS / "fastapi_requirements.txt"

    def settings(self, model: Model) -> list[Setting]:
        return [
            {"WORKERS": str(workers), "THREADS": str(max(1, CORES // workers)), "PLACE": place}
            for workers, place in itertools.product(sorted({1, CORES}), ("loop", "pool"))
        ]

    def start(self, model: Model, form: str, setting: Setting) -> Server:
        port = free_port()
        command = [
            str(PEERS / "fastapi/bin/uvicorn"), "fastapi_app:app", "--app-dir", str(APPS), "--port", str(port),
            "--workers", setting["WORKERS"], "--no-access-log", "--log-level", "warning",
        ]  # fmt: skip
        return Server(command, port, environment=app_environment(model, form, setting), log=self.log())


TANDEM_SERVER, ECHO, FLOOR, MOSEC, FASTAPI = Tandem(), Echo(), Floor(), Mosec(), FastApi()
