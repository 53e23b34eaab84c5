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

/** Text with places where a long name may break: after _ and -. */
export function breakable(name: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  for (const part of name.split(/(?<=[_-])/)) fragment.append(part, document.createElement("wbr"));
  return fragment;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
