// SPDX-License-Identifier: Apache-2.0
// The curl line that asks the chosen model the same question, ready to paste.

import { Model, predict_path } from "./api";
import { by_id } from "./dom";
import { has_key } from "./key";

const line = by_id("curl");
const button = by_id<HTMLButtonElement>("copy");

export function show_curl(model: Model, file_name: string): void {
  const address = new URL(predict_path(model.name), document.baseURI).href;
  const key = has_key() ? '-H "Authorization: Bearer $KEY" ' : "";
  line.textContent = model.takes_image
    ? `curl ${key}--data-binary ${quoted(`@${file_name}`)} ${quoted(address)}`
    : `curl ${key}${quoted(new URL(`v2/models/${encodeURIComponent(model.name)}`, document.baseURI).href)}`;
}

/** As a POSIX shell reads it back. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`;
}

button.addEventListener("click", () => {
  void copy(line.textContent ?? "").then((copied) => {
    button.textContent = copied ? "Copied" : "Selected: press Ctrl+C";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
});

/** The clipboard is there on https and localhost only; elsewhere the line is selected for the person. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(line);
    return false;
  }
}
