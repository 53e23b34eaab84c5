// SPDX-License-Identifier: Apache-2.0
// The key of a server that asks for one: typed in once a tab, kept in sessionStorage, sent with every request.

import { by_id } from "./dom";

const kPlace = "tandem-api-key";

export function has_key(): boolean {
  return sessionStorage.getItem(kPlace) !== null;
}

/** The request's headers, and the key besides if there is one. */
export function with_key(headers: HeadersInit | undefined): Headers {
  const all = new Headers(headers);
  const key = sessionStorage.getItem(kPlace);
  if (key !== null) all.set("authorization", `Bearer ${key}`);
  return all;
}

/** Shows the field, with what the server said. What a person has typed stays. */
export function want_key(sentence: string): void {
  const field = by_id("key-field");
  if (field.hidden) {
    field.hidden = false;
    by_id("key").focus();
  }
  const said = by_id("key-said");
  if (said.textContent !== sentence) said.textContent = sentence;
}

/** The page begins anew with another key, or without one: everything on it was asked with the one before. */
function begin_anew(key: string | undefined): void {
  if (key === undefined) sessionStorage.removeItem(kPlace);
  else sessionStorage.setItem(kPlace, key);
  location.reload();
}

/** A link carries no key: what it leads to is fetched, and shown or saved from here. */
async function follow(link: HTMLAnchorElement): Promise<void> {
  const response = await fetch(link.href, { headers: with_key(undefined) });
  if (response.status === 401 || response.status === 403) {
    const said = (await response.json()) as { error: string };
    return want_key(said.error);
  }
  const saved = link.hasAttribute("download");
  const type = saved ? "application/octet-stream" : "text/plain;charset=utf-8";
  const address = URL.createObjectURL(new Blob([await response.arrayBuffer()], { type }));
  if (!saved) return location.assign(address);
  const copy = document.createElement("a");
  copy.href = address;
  copy.download = link.download || link.href.slice(link.href.lastIndexOf("/") + 1);
  copy.click();
  URL.revokeObjectURL(address);
}

/** Call once. */
export function open_key_field(): void {
  by_id("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const key = by_id<HTMLInputElement>("key").value.trim();
    if (key !== "") begin_anew(key);
  });
  by_id("key-forget").hidden = !has_key();
  by_id("key-forget").addEventListener("click", () => begin_anew(undefined));
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || !has_key() || link.origin !== location.origin || link.hash !== "") return;
    event.preventDefault();
    void follow(link);
  });
}
