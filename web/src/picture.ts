// SPDX-License-Identifier: Apache-2.0
// Where an image file comes from: the picker, a drop anywhere on the page, or the clipboard; with a preview.

import { by_id } from "./dom";

export class Picture {
  private readonly preview = by_id<HTMLImageElement>("preview");
  private readonly invitation = by_id("drop-invitation");
  private readonly input = by_id<HTMLInputElement>("file");
  private readonly hint = by_id("drop-hint");
  private address = "";

  /** on_file: called with each image that a person brings. */
  constructor(private readonly on_file: (file: File) => void) {
    this.input.addEventListener("change", () => {
      this.take(this.input.files?.[0]);
      this.input.value = ""; // the same file may be chosen again
    });
    document.addEventListener("paste", (event) => this.take(first_file(event.clipboardData)));
    this.accept_drops(by_id("drop"));
    this.preview.addEventListener("error", () => this.hide_preview());
  }

  /** A browser address of the image in the preview, "" when there is none. */
  get source(): string {
    return this.address;
  }

  private take(file: File | undefined): void {
    if (!file) return;
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = URL.createObjectURL(file);
    this.preview.src = this.address;
    this.preview.alt = `Preview of ${file.name}`;
    this.preview.hidden = false;
    this.hint.textContent = `${file.name}, ${size_of(file)}`;
    this.invitation.classList.add("gone");
    this.on_file(file);
  }

  /** The browser cannot show the file; the server's sentence will say what it thinks of it. */
  private hide_preview(): void {
    this.preview.hidden = true;
    this.invitation.classList.remove("gone");
  }

  private accept_drops(zone: HTMLElement): void {
    let depth = 0; // dragenter and dragleave also come from children
    const mark = (): void => void zone.classList.toggle("over", depth > 0);
    document.addEventListener("dragenter", () => (depth++, mark()));
    document.addEventListener("dragleave", () => (depth--, mark()));
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      depth = 0;
      mark();
      this.take(first_file(event.dataTransfer));
    });
  }
}

function size_of(file: File): string {
  return file.size < 1000 ? `${file.size} bytes` : `${(file.size / 1000).toFixed(1)} kB`;
}

function first_file(data: DataTransfer | null): File | undefined {
  return data?.files[0];
}
