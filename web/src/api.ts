// SPDX-License-Identifier: Apache-2.0
// The typed client of the server's /api: which models there are, and one model's answer to one image.

import { want_key, with_key } from "./key";

export interface TensorSpec {
  name: string;
  dtype: string;
  shape: (number | string)[];
}

export interface Model {
  name: string;
  version: string;
  task: string;
  state: string; // READY, LOADING, UNAVAILABLE: then `reason` says why
  reason: string;
  description: string;
  inputs: TensorSpec[];
  outputs: TensorSpec[];
  takes_image: boolean;
  labels: string[];
  max_batch_size: number;
  engine: string;
}

export interface ClassProbability {
  label: string;
  index: number;
  probability: number;
}

export interface Classification {
  label: string;
  index: number;
  confidence: number;
  classes: ClassProbability[];
}

export interface Segmentation {
  labels: string[];
  fractions: number[]; // share of the pixels, by class index
  mean_confidence: number;
  overlay_image: string; // data URL: the image with the mask drawn over it
  mask_image: string; // data URL: one class index a pixel
  width: number;
  height: number;
}

export interface Timing {
  decode: number;
  preprocess: number;
  queue: number;
  compute: number;
  postprocess: number;
  total: number;
}

export interface CaptionWord {
  word: string;
  probability: number;
  attention: number[]; // over the cells of the grid, row by row
}

export interface Caption {
  text: string;
  words: CaptionWord[];
  grid: [number, number]; // rows, columns
  ended: boolean; // false: cut off at the longest caption
}

export interface Answer {
  model: string;
  version: string;
  task: string;
  classification?: Classification;
  segmentation?: Segmentation;
  caption?: Caption;
  timing_ms: Timing;
}

/** A failure as one sentence for the person who looks at the page. */
export class ApiError extends Error {}

export async function list_models(): Promise<Model[]> {
  return (await ask("api/models", {})) as Model[];
}

/** The model's answer to an encoded image. Throws an ApiError; an abort passes through as the browser's AbortError. */
export async function predict(model: string, image: Blob, signal: AbortSignal): Promise<Answer> {
  const type = image.type || "application/octet-stream";
  const request = { method: "POST", body: image, signal, headers: { "content-type": type } };
  return (await ask(predict_path(model), request)) as Answer;
}

export function predict_path(model: string): string {
  return `api/models/${encodeURIComponent(model)}/predict`;
}

/** The server's JSON. Throws an ApiError. */
export async function ask(path: string, request: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, { ...request, headers: with_key(request.headers) });
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === "AbortError") throw failure;
    throw new ApiError("The server does not answer. Is it still running?");
  }
  const text = await response.text();
  if (!response.ok) {
    const sentence = sentence_of(text) ?? `The server answered ${response.status}.`;
    if (response.status === 401) want_key(sentence);
    throw new ApiError(response.status === 401 ? "This server asks for a key." : sentence);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError("The server's answer is not JSON. Is this page as old as the server?");
  }
}

/** The sentence in {"error": "..."}. */
function sentence_of(text: string): string | undefined {
  try {
    const error: unknown = (JSON.parse(text) as { error?: unknown }).error;
    return typeof error === "string" ? error : undefined;
  } catch {
    return undefined;
  }
}
