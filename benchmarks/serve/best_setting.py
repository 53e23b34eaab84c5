# SPDX-License-Identifier: Apache-2.0
"""Which setting a peer is best with, found by trying and remembered in build/peers/settings.json."""

import hashlib
import json
import time
from collections.abc import Callable

from .contenders import CORES, PEERS, Contender, Model, Setting
from .load import measure, measure_window
from .requests import Request

MEMORY = PEERS / "settings.json"


def key_of(contender: Contender, model: Model, form: str, connections: int) -> str:
    """The same only as long as versions, applications and machine are."""
    parts = [contender.version_file.read_bytes(), model.path.read_bytes(), str(contender.settings(model)).encode()]
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:12]
    return f"{contender.name} {model.name} {form} c{connections} cores{CORES} {digest}"


def try_setting(contender: Contender, model: Model, form: str, load: tuple[int, float], setting: Setting) -> float:
    """Requests a second."""
    connections, seconds = load
    request: Request = contender.request(model, form)
    server = contender.start(model, form, setting)
    try:
        server.wait_until_answered(request)
        measure(server, request, connections, min(1.0, seconds))
        return measure_window(model.heavy, server, request, connections, seconds).rps
    finally:
        server.stop()


class SettingBook:
    """`seconds`: of each trial. `forget`: try anew what is remembered."""

    def __init__(self, seconds: float, forget: bool, say: Callable[[str], None]) -> None:
        self.seconds, self.say = seconds, say
        self.known: dict[str, dict] = {} if forget or not MEMORY.exists() else json.loads(MEMORY.read_text())

    def best(self, contender: Contender, model: Model, form: str, connections: int) -> Setting:
        choices = contender.settings(model)
        if len(choices) == 1:
            return choices[0]
        key = key_of(contender, model, form, connections)
        # What was found with short trials does for a short run only.
        if key in self.known and self.known[key]["seconds"] >= self.seconds:
            return self.known[key]["setting"]
        rates = [try_setting(contender, model, form, (connections, self.seconds), choice) for choice in choices]
        best = choices[rates.index(max(rates))]
        for choice, rate in zip(choices, rates, strict=True):
            self.say(f"  {contender.name} {model.name} {form} c={connections} {choice}: {rate:,.1f}/s")
        self.known[key] = {"setting": best, "seconds": self.seconds, "found": time.strftime("%Y-%m-%d")}
        MEMORY.write_text(json.dumps(self.known, indent=1) + "\n")
        return best
