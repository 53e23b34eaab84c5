// SPDX-License-Identifier: Apache-2.0
// A job as a person sees it: a button that starts it, a bar, its steps, its log, a way to cancel it, and what came of it.

import { ApiError } from "./api";
import { by_id, complaint, make } from "./dom";
import { cancel_job, Job, run_job } from "./workbench_api";

export class JobPanel {
  private readonly bar = make("progress", { max: 1, value: 0 });
  private readonly words = make("p", { className: "hint" });
  private readonly log = make("pre", { tabIndex: 0 });
  private readonly cancel = make("button", { type: "button", className: "quiet" }, "Cancel");
  private readonly result = make("div", { className: "result" });
  private running: string | undefined; // the job's id

  /** place: the id of an empty element; title: what a screen reader calls the bar and the log. */
  constructor(place: string, title: string) {
    this.bar.setAttribute("aria-label", `${title}: progress`);
    this.log.setAttribute("aria-label", `${title}: log`);
    this.words.setAttribute("role", "status");
    const head = make("div", { className: "job-head" }, this.bar, this.cancel);
    const details = make("details", { className: "log", open: true }, make("summary", {}, "Log"), this.log);
    by_id(place).append(make("div", { className: "job", hidden: true }, head, this.words, details), this.result);
    this.cancel.addEventListener("click", () => void this.stop());
  }

  /** Runs a job to its end; undefined when it failed, and then its sentence stands there. */
  async run(request: object): Promise<unknown> {
    this.result.replaceChildren();
    try {
      return await run_job(request, (job) => this.show(job));
    } catch (failure) {
      this.complain(failure instanceof ApiError ? failure.message : `This page failed: ${String(failure)}`);
      return undefined;
    } finally {
      this.running = undefined;
      this.cancel.hidden = true;
    }
  }

  show_result(...content: Node[]): void {
    this.result.replaceChildren(...content);
  }

  /** Takes away what an earlier job left. */
  clear(): void {
    this.result.replaceChildren();
    if (this.bar.closest(".job")) (this.bar.closest(".job") as HTMLElement).hidden = true;
  }

  complain(sentence: string): void {
    this.result.replaceChildren(complaint(sentence));
  }

  private show(job: Job): void {
    this.running = job.id;
    (this.bar.closest(".job") as HTMLElement).hidden = false;
    this.cancel.hidden = job.state !== "waiting" && job.state !== "running";
    this.bar.value = job.state === "done" ? 1 : (job.step + job.done) / Math.max(job.steps.length, 1);
    const words = job.state === "running" ? `${job.steps[job.step] ?? "working"} …` : job.state;
    const line = `${words}${job.state === "waiting" ? " for another job to end" : ""}, ${job.seconds.toFixed(1)} s`;
    if (job.state !== "running" || !this.words.textContent?.startsWith(words)) this.words.textContent = line;
    const log = job.log.join("\n");
    if (this.log.textContent !== log) {
      this.log.textContent = log;
      this.log.scrollTop = this.log.scrollHeight;
    }
  }

  private async stop(): Promise<void> {
    try {
      if (this.running) await cancel_job(this.running);
    } catch (failure) {
      this.complain(String(failure instanceof Error ? failure.message : failure));
    }
  }
}
