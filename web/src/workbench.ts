// SPDX-License-Identifier: Apache-2.0
// The workbench of the page: a model file, its conversion, an image on a chosen engine, engines side by side.

import { view_of } from "./answer";
import { by_id, complaint, make, milliseconds, with_role } from "./dom";
import { comparison_view } from "./comparison";
import { JobPanel } from "./job_panel";
import { BenchFile, Compared, Converted, content_path, find_file, ImageRun, look, ProgramFacts, send_file, Workbench } from "./workbench_api";

const kEngineNames: Record<string, string> = { onnxruntime: "ONNX Runtime", openvino: "OpenVINO", libtorch: "LibTorch", python: "Python Inference" };
/** They run a file that was sent; the others only what the operator put into the store. */
const kOnnxEngines = ["onnxruntime", "openvino"];

const model_choice = by_id<HTMLSelectElement>("bench-model");
const buttons = {
  convert: by_id<HTMLButtonElement>("convert"),
  run: by_id<HTMLButtonElement>("run"),
  compare: by_id<HTMLButtonElement>("compare"),
};
const panels = {
  convert: new JobPanel("convert-job", "Conversion"),
  run: new JobPanel("run-job", "Run"),
  compare: new JobPanel("compare-job", "Comparison"),
};

let bench: Workbench;
let checkpoint: BenchFile | undefined;
let image: { id: string; address: string } | undefined;
let working = false;

/** Asks whether this server has a workbench, and shows it or how it is switched on. */
export async function open_workbench(): Promise<void> {
  const note = by_id("workbench-off");
  try {
    bench = await look();
  } catch (failure) {
    note.textContent = failure instanceof Error ? failure.message : String(failure);
    return;
  }
  if (!bench.enabled) {
    note.textContent = bench.how ?? "This server has no workbench.";
    return;
  }
  note.textContent = "From a checkpoint to a model you can trust: files stay on this server and go when it ends.";
  by_id("workbench-steps").hidden = false;
  model_choice.replaceChildren(...bench.models.map((model) => make("option", { value: model.name }, model.name)));
  show_engines();
  listen();
  refresh();
}

function listen(): void {
  on_file("model-file", take_model);
  on_file("bench-image", take_image);
  model_choice.addEventListener("change", refresh);
  by_id("engine").addEventListener("change", refresh);
  for (const id of ["first-engine", "second-engine"]) by_id(id).addEventListener("change", refresh);
  buttons.convert.addEventListener("click", () => void busy(convert));
  buttons.run.addEventListener("click", () => void busy(run));
  buttons.compare.addEventListener("click", () => void busy(compare));
}

function on_file(id: string, take: (file: File) => Promise<void>): void {
  const input = by_id<HTMLInputElement>(id);
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    input.value = ""; // the same file may be chosen again
    if (file) void busy(() => take(file));
  });
}

/** One thing at a time: buttons are off while it lasts. */
async function busy(work: () => Promise<void>): Promise<void> {
  working = true;
  refresh();
  try {
    await work();
  } finally {
    working = false;
    refresh();
  }
}

function show_engines(): void {
  const radios = bench.engines.map((engine, index) => {
    const input = make("input", { type: "radio", name: "engine", value: engine.name, checked: index === 0 });
    return make("label", {}, input, name_of(engine.name));
  });
  by_id("engine").replaceChildren(...radios);
  const second = bench.engines.findIndex((engine, index) => index > 0 && engine.available);
  for (const [id, chosen] of [["first-engine", 0], ["second-engine", Math.max(second, 0)]] as const) {
    const options = bench.engines.map((engine, index) =>
      make("option", { value: engine.name, selected: index === chosen }, name_of(engine.name)));
    by_id(id).replaceChildren(...options);
  }
}

function name_of(engine: string): string {
  return kEngineNames[engine] ?? engine;
}

function chosen_engine(): string {
  return by_id("engine").querySelector<HTMLInputElement>("input:checked")?.value ?? "";
}

function value_of(id: string): string {
  return by_id<HTMLInputElement | HTMLSelectElement>(id).value;
}

/** Why the engine cannot run the chosen model, if it cannot. */
function why_not(engine_name: string): string | undefined {
  const engine = bench.engines.find((each) => each.name === engine_name);
  if (!engine) return "Choose an engine.";
  if (!engine.available) return `${name_of(engine_name)} cannot be used here: ${engine.reason ?? "it is not installed"}.`;
  if (!model_choice.value) return "Choose a model.";
  const stored = bench.models.find((model) => model.name === stem_of_choice());
  const on_shelf = model_choice.value.startsWith("file:");
  if (stored?.engines.includes(engine_name) || (on_shelf && kOnnxEngines.includes(engine_name))) return undefined;
  return `${name_of(engine_name)} has no file for this model: it runs only what the operator put into the store.`;
}

/** A sent model is run in Python by the store's code of the same name. */
function stem_of_choice(): string {
  const shown = model_choice.selectedOptions[0]?.dataset["name"] ?? model_choice.value;
  return shown.replace(/\.onnx$/, "");
}

function refresh(): void {
  const engine = chosen_engine();
  const reason = why_not(engine);
  const trusted = model_choice.value.startsWith("file:") && !kOnnxEngines.includes(engine) && !reason;
  by_id("engine-hint").textContent = reason ?? (trusted ? "Python runs the store's model of the same name; a sent file is never given to it." : "");
  buttons.convert.disabled = working || !checkpoint;
  buttons.run.disabled = working || !image || reason !== undefined;
  const engines = [value_of("first-engine"), value_of("second-engine")];
  buttons.compare.disabled = working || engines.some((each) => why_not(each) !== undefined);
  by_id("compare-hint").textContent = engines.map(why_not).find((each) => each !== undefined) ?? "";
}

async function take_model(file: File): Promise<void> {
  const place = by_id("file-facts");
  const sent = await send(file, place);
  if (!sent) return;
  checkpoint = sent.kind === "checkpoint" && !sent.inspection.problem ? sent : undefined;
  panels.convert.clear();
  place.replaceChildren(...facts_of(sent));
  if (sent.kind === "onnx" && !sent.inspection.problem) offer(sent.id, sent.name);
}

async function take_image(file: File): Promise<void> {
  const name = by_id("bench-image-name");
  const sent = await send(file, name);
  if (!sent) return;
  if (image) URL.revokeObjectURL(image.address);
  image = undefined;
  if (sent.inspection.problem) {
    name.replaceChildren(complaint(sent.inspection.problem));
    return;
  }
  image = { id: sent.id, address: URL.createObjectURL(file) };
  by_id<HTMLInputElement>("with-image").checked = true;
  name.textContent = sent.name;
}

/** Sends a file with a bar in `place`; undefined when it was refused, and then the sentence stands there. */
async function send(file: File, place: HTMLElement): Promise<BenchFile | undefined> {
  const bar = make("progress", { max: 1, value: 0, ariaLabel: `Sending ${file.name}` });
  place.replaceChildren(bar);
  try {
    return await send_file(file, bench.limits.piece_bytes, (share) => (bar.value = share));
  } catch (failure) {
    const sentence = failure instanceof Error ? failure.message : String(failure);
    place.replaceChildren(complaint(sentence));
    return undefined;
  }
}

function facts_of(file: BenchFile): Node[] {
  const { checkpoint: weights, program, onnx, problem } = file.inspection;
  if (problem) return [complaint(problem)];
  const rows: [string, string][] = [["File", `${file.name}, ${(file.bytes / 1e6).toFixed(2)} MB`]];
  if (weights) {
    rows.push(["Format", weights.format], ["Network", weights.network ?? "not recognized"]);
    rows.push(["Parameters", `${weights.parameters.toLocaleString("en")} in ${weights.tensor_count} tensors`]);
    rows.push(...Object.entries(weights.facts));
    if (weights.not_convertible) rows.push(["Not convertible", weights.not_convertible]);
    if (weights.foreign_globals.length > 0) rows.push(["Code named, not run", weights.foreign_globals.join(", ")]);
  }
  if (program) rows.push(...rows_of(program));
  if (onnx) {
    rows.push(["Input", onnx.inputs.join("; ")], ["Output", onnx.outputs.join("; ")]);
    rows.push(["Size", `${onnx.parameters.toLocaleString("en")} parameters in ${onnx.nodes} nodes`], ["Made by", onnx.producer]);
  }
  return [table_of(rows)];
}

/** Of a file that holds its network: calls of PyTorch's operators, or layers of Keras. */
function rows_of(program: ProgramFacts): [string, string][] {
  const rows: [string, string][] = [["Format", program.format], ["Network", program.network || program.model || "without a name"]];
  if (program.inputs?.length) rows.push(["Input", program.inputs.map((input) => `${input.name}: ${input.dtype}[${input.shape?.map((size) => size ?? "?").join(",") ?? "..."}]`).join("; ")]);
  if (program.weights !== undefined) rows.push(["Weights", `${program.weights} tensors`]);
  if (program.parameters !== undefined) rows.push(["Parameters", program.parameters.toLocaleString("en")]);
  rows.push([program.classes ? "Layers" : "Operators", Object.entries(program.classes ?? program.operators ?? {}).map(([name, count]) => `${count} ${name}`).join(", ")]);
  const unknown = [program.not_convertible ?? [], program.unknown_operators?.map((each) => each.operator) ?? []].flat().filter(Boolean);
  if (unknown.length > 0) rows.push(["Not convertible", unknown.join(", ")]);
  return rows;
}

function table_of(rows: [string, string][]): HTMLElement {
  return make("dl", { className: "facts" }, ...rows.flatMap(([term, fact]) => [make("dt", {}, term), make("dd", {}, fact)]));
}

/** Adds a model of the workbench to step 3 and chooses it. */
function offer(id: string, name: string): void {
  const option = make("option", { value: `file:${id}`, selected: true }, `${name} (from step 1 or 2)`);
  option.dataset["name"] = name;
  model_choice.prepend(option);
}

async function convert(): Promise<void> {
  if (!checkpoint) return;
  const labels = value_of("labels").split(",").map((label) => label.trim()).filter(Boolean);
  const request = { kind: "convert", file: checkpoint.id, ...(labels.length ? { labels } : {}) };
  const result = (await panels.convert.run(request)) as Converted | undefined;
  if (!result) return;
  const facts: [string, string][] = [["Network", result.conversion.network], ...Object.entries(result.conversion.facts)];
  facts.push(["Checked", "ONNX Runtime loads and runs it"]);
  const links = result.files.map((file) => make("a", { href: content_path(file.id), download: file.name }, `Download ${file.name}`));
  const shapes = await Promise.all(result.files.map((file) => find_file(file.id)));
  for (const shape of shapes) facts.push(["Model", `${shape.name}: ${shape.inspection.onnx?.inputs.join("; ")} → ${shape.inspection.onnx?.outputs.join("; ")}`]);
  panels.convert.show_result(table_of(facts), make("p", { className: "links" }, ...links));
  for (const file of [...result.files].reverse()) offer(file.id, file.name);
}

async function run(): Promise<void> {
  if (!image) return;
  const request = { kind: "run", model: model_choice.value, engine: chosen_engine(), image: image.id };
  const result = (await panels.run.run(request)) as ImageRun | undefined;
  if (!result) return;
  const view = view_of(result.answer, image.address);
  const compute = result.answer.timing_ms.compute;
  const words = `${result.engine} with ${result.model}: ${milliseconds(compute)} a run, the first ${milliseconds(result.first_run_ms)}, loading ${milliseconds(result.load_ms)}.`;
  const spoken = with_role("status", make("p", { className: "visually-hidden" }, view.words));
  panels.run.show_result(...view.tools, ...view.content, spoken, make("p", { className: "hint" }, words));
}

async function compare(): Promise<void> {
  const contenders = ["first-engine", "second-engine"].map((id) => ({ model: model_choice.value, engine: value_of(id) }));
  const seconds = Math.min(120, Math.max(0.1, Number(value_of("seconds")) || 5));
  const with_image = by_id<HTMLInputElement>("with-image").checked && image;
  const request = { kind: "compare", contenders, seconds, ...(with_image ? { image: with_image.id } : {}) };
  const result = (await panels.compare.run(request)) as Compared | undefined;
  if (result) panels.compare.show_result(...comparison_view(result));
}
