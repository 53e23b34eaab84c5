# SPDX-License-Identifier: Apache-2.0
"""Runs a case: all its servers up, one loaded at a time, in a new random order each round."""

import dataclasses
import math
import random
import statistics
from collections.abc import Callable

from .best_setting import SettingBook
from .cases import RAW, Case
from .contenders import CORES, FASTAPI, MOSEC, TANDEM_SERVER, Model
from .load import Sample, measure, measure_window
from .process import Server
from .raw_engine import RawEngine, settings
from .requests import BINARY


@dataclasses.dataclass
class Effort:
    rounds: int
    seconds: float  # a window; heavy models get four times that
    starts: int  # how often each server is started for its ready time

    def window(self, model: Model) -> float:
        return 4 * self.seconds if model.heavy else self.seconds


@dataclasses.dataclass
class CaseResult:
    case: Case
    seconds: float
    settings: dict[str, dict]
    samples: dict[str, list[Sample]]  # one a round, in the order of the rounds


@dataclasses.dataclass
class StartResult:
    """Of one server with the tiny model: milliseconds to the first answer, MiB idle and after load."""

    name: str
    setting: dict
    first_answer_ms: list[float]
    rss_mib: float
    pss_mib: float
    loaded_rss_mib: float
    loaded_pss_mib: float


def start_raw(model: Model, seconds: float) -> tuple[RawEngine, dict]:
    """The engine with the setting that does most; batches of 1 and 8."""
    best: tuple[float, dict] = (0.0, {})
    for setting in settings(CORES, (1, 8)):
        engine = RawEngine(model.path, model.name, setting)
        best = max(best, (engine.samples_per_second(seconds), setting), key=lambda pair: pair[0])
        engine.stop()
    return RawEngine(model.path, model.name, best[1]), best[1]


def raw_sample(engine: RawEngine, seconds: float) -> Sample:
    rate = engine.samples_per_second(seconds)
    return Sample(rate * seconds, rate, *[math.nan] * 6)


class CaseRun:
    """The servers of one case; `(start round* stop)`."""

    def __init__(self, case: Case, model: Model, seconds: float) -> None:
        self.case, self.model, self.seconds = case, model, seconds
        self.servers: dict[str, Server] = {}
        self.raw: RawEngine | None = None
        self.result = CaseResult(case, seconds, {}, {})

    def start(self, book: SettingBook) -> None:
        case, model = self.case, self.model
        for entry in case.entries:
            setting = book.best(entry.contender, model, entry.form, case.connections)
            self.result.settings[entry.name] = setting
            self.result.samples[entry.name] = []
            server = self.servers[entry.name] = entry.contender.start(model, entry.form, setting)
            request = entry.contender.request(model, entry.form)
            server.wait_until_answered(request)
            measure(server, request, case.connections, min(1.0, self.seconds))  # warm-up
        if case.with_raw:
            self.raw, self.result.settings[RAW] = start_raw(model, self.seconds)
            self.result.samples[RAW] = []

    def round(self, order: random.Random) -> None:
        names = list(self.result.samples)
        for name in order.sample(names, len(names)):
            self.result.samples[name].append(self.window(name))

    def window(self, name: str) -> Sample:
        if name == RAW:
            return raw_sample(self.raw, self.seconds)
        entry = next(entry for entry in self.case.entries if entry.name == name)
        request = entry.contender.request(self.model, entry.form)
        sample = measure_window(self.model.heavy, self.servers[name], request, self.case.connections, self.seconds)
        if sample.requests == 0:
            raise RuntimeError(f"{name} answered nothing in a window of {self.seconds:g} s: give it more --seconds")
        return sample

    def stop(self) -> None:
        for server in self.servers.values():
            server.stop()
        if self.raw:
            self.raw.stop()


def run_case(case: Case, model: Model, effort: Effort, book: SettingBook) -> CaseResult:
    run = CaseRun(case, model, effort.window(model))
    order = random.Random(5)
    try:
        run.start(book)
        for _ in range(effort.rounds):
            run.round(order)
    finally:
        run.stop()
    return run.result


def run_starts(model: Model, effort: Effort, book: SettingBook, say: Callable[[str], None]) -> list[StartResult]:
    results = []
    for contender in (TANDEM_SERVER, MOSEC, FASTAPI):
        say(f"  starting {contender.name}, {effort.starts} times")
        setting = book.best(contender, model, BINARY, 64)
        request = contender.request(model, BINARY)
        times = []
        for last in [False] * (effort.starts - 1) + [True]:
            server = contender.start(model, BINARY, setting)
            try:
                times.append(1e3 * server.wait_until_answered(request))
                if last:
                    idle = server.memory_mib()
                    measure(server, request, 64, effort.seconds)
                    results.append(StartResult(contender.name, setting, times, *idle, *server.memory_mib()))
            finally:
                server.stop()
    return results


def median_of(samples: list[Sample], metric: str) -> float:
    return statistics.median(getattr(sample, metric) for sample in samples)
