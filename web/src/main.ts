// SPDX-License-Identifier: Apache-2.0
// The page: a model is chosen, an image is brought, the answer is shown. The newest question wins.

import { show_answer, show_error, show_nothing, show_waiting } from "./answer";
import { ApiError, list_models, Model, predict } from "./api";
import { by_id } from "./dom";
import { Drawing } from "./draw";
import { open_key_field } from "./key";
import { ModelList, takes_digits } from "./models";
import { Picture } from "./picture";
import { show_curl } from "./terminal";
import { open_workbench } from "./workbench";

const kRefresh_ms = 15_000;

type Source = "file" | "draw";

let model: Model | undefined;
let source: Source = "file";
const images: Partial<Record<Source, File>> = {};
let question: AbortController | undefined;

const picture = new Picture((file) => {
  images.file = file;
  use_source("file");
  void ask();
});
const drawing = new Drawing(
  (file) => {
    images.draw = file;
    void ask();
  },
  () => {
    delete images.draw;
    void ask();
  },
);
const list = new ModelList((chosen) => {
  const changed = model?.name !== chosen.name || model.version !== chosen.version || model.state !== chosen.state;
  model = chosen;
  by_id("source").hidden = !takes_digits(chosen);
  if (!takes_digits(chosen)) use_source("file");
  else if (changed && !images.file) use_source("draw");
  if (changed) void ask();
});

function use_source(wanted: Source): void {
  source = wanted;
  by_id("file-source").hidden = wanted !== "file";
  by_id("draw-source").hidden = wanted !== "draw";
  for (const input of by_id("source").querySelectorAll("input")) input.checked = input.value === wanted;
}

by_id("source").addEventListener("change", (event) => {
  use_source((event.target as HTMLInputElement).value as Source);
  void ask();
});

/** Asks the chosen model about the current image; an older question that is still open is given up. */
async function ask(): Promise<void> {
  question?.abort();
  if (!model) return;
  const image = images[source];
  show_curl(model, image?.name ?? "image.png");
  const reason = why_not(model);
  if (reason || !image) {
    show_nothing(reason ?? (source === "draw" ? "Draw, and the answer follows the pen." : "The answer appears here."));
    return;
  }
  const mine = (question = new AbortController());
  show_waiting();
  const start = performance.now();
  try {
    const answer = await predict(model.name, image, mine.signal);
    if (!mine.signal.aborted) show_answer(answer, source === "file" ? picture.source : "", performance.now() - start);
  } catch (failure) {
    if (mine.signal.aborted) return;
    show_error(failure instanceof ApiError ? failure.message : `This page failed: ${String(failure)}`);
  }
}

/** Why the model cannot be asked here, if it cannot. */
function why_not(chosen: Model): string | undefined {
  if (chosen.state !== "READY") return `This model is ${chosen.state.toLowerCase()}${chosen.reason ? `: ${chosen.reason}` : "."}`;
  if (!chosen.takes_image) return "This model takes tensors, not images: ask it over the V2 protocol.";
  return undefined;
}

async function refresh(): Promise<void> {
  const state = by_id("server-state");
  try {
    const models = await list_models();
    const ready = models.filter((each) => each.state === "READY").length;
    list.show(models);
    say(state, ready === models.length ? "ok" : "partly", `${ready} of ${models.length} models ready`);
  } catch (failure) {
    say(state, "down", failure instanceof Error ? failure.message : String(failure));
  }
}

/** Changes the line only when its words change: a screen reader reads every change aloud. */
function say(place: HTMLElement, state: string, words: string): void {
  place.dataset["state"] = state;
  if (place.textContent !== words) place.textContent = words;
}

open_key_field();
show_nothing("The answer appears here.");
drawing.clear();
void refresh();
void open_workbench();
setInterval(() => {
  if (!document.hidden) void refresh();
}, kRefresh_ms);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void refresh();
});
