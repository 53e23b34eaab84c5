# SPDX-License-Identifier: Apache-2.0
"""What was measured as Markdown tables: printed, and put into docs/benchmarks.md."""

import statistics
import subprocess
import time
from pathlib import Path

from .cases import RAW
from .contenders import TANDEM
from .rounds import CaseResult, Effort, StartResult, median_of
from .statistics import paired_ratio

BEGIN, END = "<!-- what ./dev bench serve --write measured -->", "<!-- end of what was measured -->"
P99_REQUESTS = 300  # a window with fewer says nothing of the slowest hundredth
NOISE_CORES = 0.1  # a window during which others used more is marked


def machine_line() -> str:
    devices = subprocess.run([str(TANDEM), "devices"], capture_output=True, text=True, check=True).stdout
    return devices.splitlines()[0]


def in_short(value: float) -> str:
    """Three figures are as much as a window of seconds gives."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def time_text(microseconds: float) -> str:
    return f"{in_short(microseconds)} µs" if microseconds < 1000 else f"{in_short(microseconds / 1000)} ms"


def setting_text(setting: dict) -> str:
    return ", ".join(f"{name.lower()} {value}" for name, value in setting.items()) or "its defaults"


def noisy_windows(result: CaseResult) -> tuple[int, int]:
    windows = [sample.others for name, samples in result.samples.items() if name != RAW for sample in samples]
    return sum(others > NOISE_CORES for others in windows), len(windows)


def case_rows(result: CaseResult) -> list[str]:
    rows = []
    for name, samples in result.samples.items():
        rates = [sample.rps for sample in samples]
        spread = f"{in_short(min(rates))} to {in_short(max(rates))}"
        row = [name, f"{in_short(statistics.median(rates))} ({spread})"]
        if name == RAW:
            row += ["", "", "", ""]
        else:
            enough = min(sample.requests for sample in samples) >= P99_REQUESTS
            p99 = time_text(median_of(samples, "p99")) if enough else "too few"
            row += [time_text(median_of(samples, "p50")), p99,
                    time_text(median_of(samples, "cpu")), f"{median_of(samples, 'pss_mib'):.0f}"]  # fmt: skip
        rows.append("| " + " | ".join([*row, setting_text(result.settings[name])]) + " |")
    return rows


def ratio_lines(result: CaseResult) -> list[str]:
    lines = []
    for ratio in result.case.ratios:
        over, under = ([getattr(sample, ratio.metric) for sample in result.samples[name]] for name in (ratio.over, ratio.under))
        found = paired_ratio(over, under)
        what = "requests/s" if ratio.metric == "rps" else "server CPU a request"
        lines.append(f"- {what}, {ratio.over} over {ratio.under}: **{found.median:.3g}** "
                     f"(95 % interval {found.low:.3g} to {found.high:.3g})")  # fmt: skip
    return lines


def case_text(result: CaseResult) -> str:
    noisy, windows = noisy_windows(result)
    head = [
        f"### {result.case.title} (`--only {result.case.key}`)", "",
        "| server | requests/s (lowest to highest) | p50 | p99 | server CPU a request | PSS MiB | setting |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    rounds = len(next(iter(result.samples.values())))
    tail = [f"{rounds} rounds of {result.seconds:g} s windows, batch 1 a request; others used more than {NOISE_CORES} cores "
            f"in {noisy} of {windows} windows. Measured on {time.strftime('%Y-%m-%d')}."]  # fmt: skip
    return "\n".join([*head, *case_rows(result), "", *ratio_lines(result), "", *tail])


def starts_text(results: list[StartResult]) -> str:
    lines = [
        "### start and memory, tiny model (`--only start`)", "",
        "| server | first answer after its start, ms (lowest to highest) | RSS MiB idle | PSS MiB idle | RSS MiB after load |"
        " PSS MiB after load | setting |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for result in results:
        times = result.first_answer_ms
        spread = f"{in_short(statistics.median(times))} ({in_short(min(times))} to {in_short(max(times))})"
        memory = " | ".join(f"{value:.1f}" for value in (result.rss_mib, result.pss_mib, result.loaded_rss_mib,
                                                         result.loaded_pss_mib))  # fmt: skip
        lines.append(f"| {result.name} | {spread} | {memory} | {setting_text(result.setting)} |")
    return "\n".join([*lines, "", f"{len(results[0].first_answer_ms)} starts each, files in the page cache; load: 64 connections."])


def whole_text(cases: list[CaseResult], starts: list[StartResult], effort: Effort) -> str:
    head = (
        f"Measured on {time.strftime('%Y-%m-%d')}: {machine_line()}; {effort.rounds} rounds; client and servers share the "
        "cores; closed loop on loopback; each peer at the best of the settings tried, Tandem at its defaults."
    )
    parts = [head, *(case_text(result) for result in cases)]
    return "\n\n".join([*parts, starts_text(starts)] if starts else parts)


def sections_of(text: str) -> dict[str, str]:
    """By heading, in their order; what stands before the first heading is that of the empty heading."""
    head, *rest = text.strip().split("\n### ")
    return {"": head.strip(), **{part.partition("\n")[0]: "### " + part.strip() for part in rest}}


def write_into(page: Path, text: str) -> None:
    """Replaces the sections of `text` between the marks; cases that were not measured this time keep what they had."""
    before, _, rest = page.read_text().partition(BEGIN)
    old, mark, after = rest.partition(END)
    if not mark:
        raise RuntimeError(f"{page} has no part between '{BEGIN}' and '{END}' to replace")
    merged = "\n\n".join((sections_of(old) | sections_of(text)).values())
    page.write_text(f"{before}{BEGIN}\n\n{merged}\n\n{END}{after}")
