// SPDX-License-Identifier: Apache-2.0
// What the server answered, for people: a label with its probabilities, a mask over the image, or a caption; and where time went.

import { Answer, Classification, Timing } from "./api";
import { caption_view } from "./caption";
import { by_id, make, percent } from "./dom";
import { segmentation_tools, segmentation_view } from "./segmentation";

const kMostClasses = 10;
const kSteps = ["decode", "preprocess", "queue", "compute", "postprocess"] as const;

const place = by_id("answer");
const tools = by_id("answer-tools");
const timing = by_id("timing");
const announcement = by_id("announcement");

export function show_waiting(): void {
  place.classList.add("waiting");
  place.setAttribute("aria-busy", "true");
}

export function show_nothing(sentence: string): void {
  fill([make("p", { className: "hint empty" }, sentence)], []);
  timing.replaceChildren();
  announcement.textContent = "";
}

export function show_error(sentence: string): void {
  fill([make("p", { className: "error" }, sentence)], []);
  timing.replaceChildren();
  announcement.textContent = sentence;
}

/** What an answer looks like: what to show, what works on it, and the same in words for those who do not see it. */
export interface AnswerView {
  content: Node[];
  tools: Node[];
  words: string;
}

/** source: the browser's address of the image that was asked about, "" when there is none. */
export function view_of(answer: Answer, source: string): AnswerView {
  if (answer.classification) {
    const result = answer.classification;
    return { content: classification_view(result), tools: [], words: `${result.label}, ${percent(result.confidence)}` };
  }
  if (answer.segmentation) {
    const result = answer.segmentation;
    const view = segmentation_view(result, source);
    const shares = result.labels.map((label, i) => `${label} ${percent(result.fractions[i] ?? 0)}`);
    return { content: [view], tools: segmentation_tools(view), words: `Mask: ${shares.join(", ")}` };
  }
  if (answer.caption) return { content: [caption_view(answer.caption, source)], tools: [], words: answer.caption.text };
  const sentence = "The model answered with tensors only; its config does not say what they mean.";
  return { content: [make("p", { className: "hint empty" }, sentence)], tools: [], words: sentence };
}

export function show_answer(answer: Answer, source: string, round_trip_ms: number): void {
  const view = view_of(answer, source);
  fill(view.content, view.tools);
  announcement.textContent = view.words;
  show_timing(answer.timing_ms, round_trip_ms);
}

function fill(content: Node[], controls: Node[]): void {
  place.classList.remove("waiting");
  place.setAttribute("aria-busy", "false");
  place.replaceChildren(...content);
  tools.replaceChildren(...controls);
}

function classification_view(result: Classification): Node[] {
  const verdict = make(
    "p",
    { className: "verdict" },
    make("strong", { className: "answer-label" }, result.label),
    make("span", {}, percent(result.confidence)),
  );
  if (result.label.length > 3) verdict.classList.add("words");
  return [verdict, make("ol", { className: "bars" }, ...shown_classes(result).map((shown) => bar(shown, result.index)))];
}

/** All classes in their own order when they are few, else the most probable, best first. */
function shown_classes(result: Classification): Classification["classes"] {
  if (result.classes.length <= kMostClasses) return result.classes;
  return [...result.classes].sort((a, b) => b.probability - a.probability).slice(0, kMostClasses);
}

function bar(shown: Classification["classes"][number], best: number): HTMLElement {
  const fill_of = make("span", { className: "bar-fill" });
  fill_of.style.width = `${Math.max(shown.probability * 100, 0.4)}%`;
  const row = make(
    "li",
    {},
    make("span", { className: "bar-label", title: shown.label }, shown.label),
    make("span", { className: "bar" }, fill_of),
    make("span", { className: "bar-value" }, percent(shown.probability)),
  );
  if (shown.index === best) row.className = "best";
  return row;
}

function show_timing(spent: Timing, round_trip_ms: number): void {
  const track = make("span", { className: "track", ariaHidden: "true" });
  const words = make("span", { className: "track-words" });
  for (const [step, time] of pieces_of(spent)) {
    const piece = make("i", { className: `step-${step}` });
    piece.style.flexGrow = `${time * 1000}`; // below 1 the pieces would not fill the track
    track.append(piece);
    words.append(make("span", { className: `step-${step}` }, `${step} ${milliseconds(time)}`));
  }
  const total = `${milliseconds(spent.total)} ms in the server, ${milliseconds(round_trip_ms)} ms for this page`;
  timing.replaceChildren(make("span", { className: "track-total" }, total), track, words);
}

/** The measured steps, and what of the total is none of them: waiting for a thread, reading, writing. */
function pieces_of(spent: Timing): [string, number][] {
  const steps = kSteps.map((step): [string, number] => [step, spent[step]]);
  const known = steps.reduce((sum, [, time]) => sum + time, 0);
  return [...steps, ["other", Math.max(spent.total - known, 0)]];
}

function milliseconds(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(0);
}
