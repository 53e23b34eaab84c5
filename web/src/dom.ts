// SPDX-License-Identifier: Apache-2.0
// Two words for building pages: find an element that must be there, and make a new one.

/** The element of index.html with that id; a missing one is a bug in the page. */
export function by_id<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no element #${id}`);
  return found as T;
}

/** A new element. Children that are text are never parsed as HTML. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** The element, with what it is to a screen reader: "alert" and "status" are read aloud when they change. */
export function with_role<T extends HTMLElement>(role: string, element: T): T {
  element.setAttribute("role", role);
  return element;
}

/** A failure as a sentence that is read aloud. */
export function complaint(sentence: string): HTMLElement {
  return with_role("alert", make("p", { className: "error" }, sentence));
}

/** Text with places where a long name may break: after _ and -. */
export function breakable(name: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  for (const part of name.split(/(?<=[_-])/)) fragment.append(part, document.createElement("wbr"));
  return fragment;
}

/** With its unit, in three digits or so. */
export function milliseconds(value: number): string {
  const digits = value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ms`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
