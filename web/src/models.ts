// SPDX-License-Identifier: Apache-2.0
// The list of served models as radio cards, and the facts of the chosen one.

import { Model } from "./api";
import { breakable, by_id, make } from "./dom";

/** A short title: the data set of a name that follows task_architecture_dataset_date, else the name. */
export function title_of(model: Model): string {
  const dataset = /_([a-z0-9-]+)_\d{8}$/.exec(model.name)?.[1];
  if (!dataset) return model.name;
  const words = dataset.replace(/-/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export class ModelList {
  private readonly place = by_id("models");
  private shown = "";
  private chosen_name = "";

  /** on_choose: called when a person chooses another model, and once for the first. */
  constructor(private readonly on_choose: (model: Model) => void) {}

  /** Redraws only when something changed, so that focus stays where it is. */
  show(models: Model[]): void {
    const now = JSON.stringify(models);
    if (now === this.shown) return;
    this.shown = now;
    const had_focus = this.place.contains(document.activeElement);
    this.place.replaceChildren(...models.map((model) => this.card(model)));
    if (models.length === 0) this.place.append(make("p", { className: "hint" }, "The store has no models yet."));
    const chosen = models.find((model) => model.name === this.chosen_name) ?? first_to_try(models);
    if (!chosen) return;
    this.choose(chosen);
    if (had_focus) this.place.querySelector<HTMLInputElement>("input:checked")?.focus();
  }

  private choose(model: Model): void {
    this.chosen_name = model.name;
    for (const input of this.place.querySelectorAll("input")) input.checked = input.value === model.name;
    show_facts(model);
    this.on_choose(model);
  }

  private card(model: Model): HTMLElement {
    const input = make("input", { type: "radio", name: "model", value: model.name });
    input.addEventListener("change", () => this.choose(model));
    const state = make("span", { className: "state" }, model.state.toLowerCase());
    state.dataset["state"] = model.state;
    const card = make(
      "label",
      { className: "card" },
      input,
      make("span", { className: "card-title" }, title_of(model), state),
      make("span", { className: "card-task" }, `${model.task || "tensors in, tensors out"} · version ${model.version}`),
      make("code", {}, breakable(model.name)),
    );
    if (model.reason) card.append(make("span", { className: "card-reason" }, model.reason));
    return card;
  }
}

/** The digit model when there is one (it can be drawn for), else the first that takes an image, else the first. */
function first_to_try(models: Model[]): Model | undefined {
  const ready = models.filter((model) => model.state === "READY" && model.takes_image);
  return ready.find(takes_digits) ?? ready[0] ?? models[0];
}

/** Whether the model tells the digits 0 to 9 apart, so that a drawing is a good way to try it. */
export function takes_digits(model: Model): boolean {
  return model.takes_image && model.labels.join("") === "0123456789";
}

function show_facts(model: Model): void {
  by_id("model-title").textContent = title_of(model);
  by_id("model-description").textContent = model.description || "This model has no description.";
  const link = by_id<HTMLAnchorElement>("model-link");
  link.href = `v2/models/${encodeURIComponent(model.name)}`;
  const tensors = (specs: Model["inputs"]): string =>
    specs.map((spec) => `${spec.name} ${spec.dtype} [${spec.shape.join(", ")}]`).join(", ");
  const facts: [string, string][] = [
    ["Input", tensors(model.inputs)],
    ["Output", tensors(model.outputs)],
    ["Engine", model.engine],
    ["Batch", model.max_batch_size > 0 ? `up to ${model.max_batch_size}` : "never"],
  ];
  const rows = facts.map(([term, fact]) => make("div", {}, make("dt", {}, term), make("dd", {}, fact)));
  by_id("model-facts").replaceChildren(...rows);
}
