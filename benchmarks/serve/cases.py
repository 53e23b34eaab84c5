# SPDX-License-Identifier: Apache-2.0
"""The questions: which servers, in which form, at how many connections, and which ratio answers."""

import dataclasses

from .contenders import ECHO, FASTAPI, FLOOR, MOSEC, TANDEM_SERVER, Contender
from .models import BERT, RESNET, TINY
from .requests import BINARY, GRPC, JSON

RAW = "engine alone"


@dataclasses.dataclass(frozen=True)
class Entry:
    contender: Contender
    form: str = BINARY

    @property
    def name(self) -> str:
        return self.contender.name if self.form == BINARY else f"{self.contender.name}, {self.form}"


@dataclasses.dataclass(frozen=True)
class Ratio:
    """`metric` of one entry over that of another, window by window of the same round."""

    over: str
    under: str
    metric: str = "rps"


@dataclasses.dataclass(frozen=True)
class Case:
    key: str
    model: str
    connections: int
    entries: tuple[Entry, ...]
    ratios: tuple[Ratio, ...]
    with_raw: bool = False  # the engine alone takes part in the rounds

    @property
    def title(self) -> str:
        return f"{self.model}, {self.connections} connection{'s' if self.connections > 1 else ''}"


TANDEM, PEERS = Entry(TANDEM_SERVER), (Entry(MOSEC), Entry(FASTAPI))
OVER_PEERS = tuple(Ratio(TANDEM.name, peer.name) for peer in PEERS)
OVER_RAW = tuple(Ratio(name, RAW) for name in (TANDEM.name, *(peer.name for peer in PEERS)))
FORMS = tuple(Entry(contender, form) for contender in (TANDEM_SERVER, MOSEC, FASTAPI) for form in (BINARY, JSON))
TANDEM_GRPC = Entry(TANDEM_SERVER, GRPC)


def tiny(connections: int) -> Case:
    floor = (Entry(FLOOR), Entry(ECHO))
    distance = tuple(Ratio(TANDEM.name, entry.name, "cpu") for entry in floor)
    return Case(f"tiny-{connections}", TINY, connections, (TANDEM, *PEERS, *floor), OVER_PEERS + distance)


def against_engine(key: str, model: str, connections: int) -> Case:
    return Case(f"{key}-{connections}", model, connections, (TANDEM, *PEERS), OVER_PEERS + OVER_RAW, with_raw=True)


def grpc(connections: int) -> Case:
    ratios = (Ratio(TANDEM_GRPC.name, TANDEM.name, "cpu"), Ratio(TANDEM_GRPC.name, TANDEM.name))
    return Case(f"grpc-{connections}", TINY, connections, (TANDEM, TANDEM_GRPC), ratios)


CASES = (
    tiny(1), tiny(8), tiny(64),
    Case("json", RESNET, 8, FORMS,
         tuple(Ratio(Entry(entry.contender, JSON).name, entry.name) for entry in FORMS if entry.form == BINARY)),
    against_engine("resnet", RESNET, 32),
    against_engine("bert", BERT, 8), against_engine("bert", BERT, 32),
    grpc(1), grpc(64),
)  # fmt: skip
START = "start"  # ready time and memory with the tiny model: not a window of load
