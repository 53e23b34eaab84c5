// SPDX-License-Identifier: Apache-2.0
// The typed client of /api/workbench: files, jobs and their results (docs/workbench.md).

import { Answer, ApiError, ask } from "./api";

export interface EngineState {
  name: string;
  version: string;
  available: boolean;
  reason: string | null;
}

export interface Workbench {
  enabled: boolean;
  how?: string; // when it is not: how it is switched on
  engines: EngineState[];
  models: { name: string; engines: string[] }[];
  limits: { file_bytes: number; files: number; piece_bytes: number };
}

export interface CheckpointFacts {
  format: string;
  parameters: number;
  network: string | null;
  facts: Record<string, string>;
  not_convertible: string;
  foreign_globals: string[];
  tensor_count: number;
}

/** A file that holds its network: a program of PyTorch, or layers of Keras. */
export interface ProgramFacts {
  format: string;
  network?: string;
  model?: string;
  inputs?: { name: string; dtype: string; shape: (number | string | null)[] | null }[];
  weights?: number;
  parameters?: number;
  operators?: Record<string, number>;
  classes?: Record<string, number>;
  unknown_operators?: { operator: string }[];
  not_convertible?: string | string[];
}

export interface OnnxFacts {
  producer: string;
  opsets: Record<string, number>;
  nodes: number;
  parameters: number;
  inputs: string[];
  outputs: string[];
}

export interface BenchFile {
  id: string;
  name: string;
  kind: "checkpoint" | "onnx" | "config" | "image";
  bytes: number;
  inspection: { checkpoint?: CheckpointFacts; program?: ProgramFacts; onnx?: OnnxFacts; config?: { task: string }; problem?: string };
}

export interface Job {
  id: string;
  kind: string;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  steps: string[];
  step: number;
  done: number; // of the current step
  seconds: number;
  log: string[];
  result: unknown;
  error: string | null;
}

export interface Converted {
  conversion: { network: string; task: string; facts: Record<string, string>; unused: string[]; seconds: number };
  files: { id: string; name: string; bytes: number }[];
}

export interface ImageRun {
  engine: string;
  options: string;
  model: string;
  load_ms: number;
  first_run_ms: number;
  outputs: { name: string; tensor: string }[];
  answer: Answer;
}

export interface Times {
  average_ms: number;
  total_ms: number;
  iterations: number;
  p50_ms: number;
  p95_ms: number | null;
}

export interface Contender {
  name: string;
  engine: string;
  model: string;
  failure: string | null;
  answers: { within_tolerance: boolean; max_absolute: number; reason: string };
  times?: Times;
}

export interface Compared {
  machine: string;
  inputs: string;
  contenders: Contender[];
  pairs: { first: string; second: string; second_over_first: { estimate: number; low: number; high: number }; verdict: string }[];
  confidence: number;
  verdict: { outcome: string; leaders: string[]; recommendation: string };
}

const kPoll_ms = 250;
const kOwn = { "x-tandem-workbench": "1" };

export async function look(): Promise<Workbench> {
  return (await ask("api/workbench", {})) as Workbench;
}

/** Sends a file in pieces, so that its size is bounded by the disk alone. on_progress: the share that has arrived. */
export async function send_file(file: File, piece_bytes: number, on_progress: (share: number) => void): Promise<BenchFile> {
  let path = `api/workbench/files?name=${encodeURIComponent(file.name)}&size=${file.size}`;
  for (let offset = 0; ; offset += piece_bytes) {
    const piece = file.slice(offset, offset + piece_bytes);
    const sent = (await ask(path, { method: "POST", body: piece, headers: kOwn })) as BenchFile;
    on_progress(Math.min(1, (offset + piece_bytes) / file.size));
    if (sent.kind) return sent;
    path = `api/workbench/files/${sent.id}?offset=${offset + piece_bytes}`;
  }
}

export async function find_file(id: string): Promise<BenchFile> {
  return (await ask(`api/workbench/files/${id}`, {})) as BenchFile;
}

/** Starts a job and tells of every change until it is over; its result. Throws an ApiError with the job's sentence. */
export async function run_job(request: object, on_change: (job: Job) => void): Promise<unknown> {
  const body = JSON.stringify(request);
  let job = (await ask("api/workbench/jobs", { method: "POST", body, headers: kOwn })) as Job;
  on_change(job);
  while (job.state === "waiting" || job.state === "running") {
    await new Promise((resolve) => setTimeout(resolve, kPoll_ms));
    job = (await ask(`api/workbench/jobs/${job.id}`, {})) as Job;
    on_change(job);
  }
  if (job.state === "done") return job.result;
  throw new ApiError(job.error ?? "The job ended without a result.");
}

export async function cancel_job(id: string): Promise<void> {
  await ask(`api/workbench/jobs/${id}/cancel`, { method: "POST", headers: kOwn });
}

export function content_path(id: string): string {
  return `api/workbench/files/${id}/content`;
}
