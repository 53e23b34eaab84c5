// SPDX-License-Identifier: Apache-2.0
// A comparison as people read it: what to use, a bar each, the table of times, and how sure that is.

import { make, milliseconds, with_role } from "./dom";
import { Compared, Contender, Times } from "./workbench_api";

const kColumns = ["", "average", "total", "iterations", "p50", "p95"];

export function comparison_view(result: Compared): Node[] {
  const measured = result.contenders.filter((each) => each.times);
  return [
    make("p", { className: "recommendation" }, verdict_word(result), result.verdict.recommendation),
    bars(measured, result.verdict.outcome === "winner" ? result.verdict.leaders : []),
    with_role("region", make("div", { className: "scroll", tabIndex: 0, ariaLabel: "Times of each engine" }, table(measured))),
    make("ul", { className: "notes" }, ...notes(result).map((note) => make("li", {}, note))),
  ];
}

function verdict_word(result: Compared): HTMLElement {
  const { outcome, leaders } = result.verdict;
  const words: Record<string, string> = {
    winner: `Winner: ${leaders.join(", ")}`,
    equivalent: "No difference",
    undecided: "Undecided",
    only_one_correct: "Only one is right",
    none_correct: "None is right",
  };
  return make("strong", {}, words[outcome] ?? outcome);
}

function bars(measured: Contender[], winners: string[]): HTMLElement {
  const longest = Math.max(...measured.map((each) => each.times?.average_ms ?? 0), 1e-9);
  const rows = measured.map((each) => {
    const average = each.times?.average_ms ?? 0;
    const fill = make("span", { className: "bar-fill" });
    fill.style.width = `${Math.max((100 * average) / longest, 0.5)}%`;
    return make(
      "li",
      { className: winners.includes(each.name) ? "best" : "" },
      make("span", { className: "bar-label", title: each.name }, each.name),
      make("span", { className: "bar" }, fill),
      make("span", { className: "bar-value" }, milliseconds(average)),
    );
  });
  return make("ul", { className: "bars", ariaLabel: "Average time of one run" }, ...rows);
}

function table(measured: Contender[]): HTMLElement {
  const head = make("tr", {}, ...kColumns.map((column) => make("th", { scope: "col" }, column)));
  const rows = measured.map((each) => {
    const cells = each.times ? cells_of(each.times) : [];
    return make("tr", {}, make("th", { scope: "row" }, each.name), ...cells.map((cell) => make("td", {}, cell)));
  });
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
}

function cells_of(times: Times): string[] {
  const p95 = times.p95_ms === null ? "n/a" : milliseconds(times.p95_ms);
  return [milliseconds(times.average_ms), `${(times.total_ms / 1000).toFixed(2)} s`, `${times.iterations}`, milliseconds(times.p50_ms), p95];
}

function notes(result: Compared): string[] {
  const pairs = result.pairs.map(({ first, second, second_over_first: ratio }) => {
    const interval = `${(100 * result.confidence).toFixed(0)} % interval ${ratio.low.toFixed(3)} to ${ratio.high.toFixed(3)}`;
    return `${second} takes ${ratio.estimate.toFixed(3)} times as long as ${first} (${interval}).`;
  });
  return [...result.contenders.map(answers_of), ...pairs, `${result.inputs}.`, result.machine];
}

function answers_of(each: Contender, index: number): string {
  const who = `${each.name} (${each.engine}, ${each.model})`;
  if (each.failure) return `${who} does not run: ${each.failure}`;
  if (index === 0) return `${who}: ${each.answers.within_tolerance ? "the reference." : `does not repeat its own answers: ${each.answers.reason}`}`;
  if (!each.answers.within_tolerance) return `${who}: its answers differ: ${each.answers.reason}`;
  return `${who}: the same answers, largest difference ${each.answers.max_absolute.toPrecision(2)}.`;
}
