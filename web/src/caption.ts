// SPDX-License-Identifier: Apache-2.0
// A caption: the sentence, its words with their probabilities, and where the model looked for each of them.

import { Caption, CaptionWord } from "./api";
import { make, percent } from "./dom";

const kMostPixels = 512; // of the longer side of the map: it is blurred anyway
const kHeat = "230 110 20";

export function caption_view(caption: Caption, source: string): HTMLElement {
  const picture = make("img", { src: source, alt: "" });
  const map = make("canvas", { className: "heat", ariaHidden: "true" });
  const hint = make("p", { className: "hint" }, "Point at a word, or move to it with Tab: the picture shows where the model looked for it.");
  const chips = caption.words.map((word) => chip(word, caption.grid, picture, map));
  const words = make("ol", { className: "words" }, ...chips.map((each) => make("li", {}, each)));
  const view = make("div", { className: "caption" }, sentence_of(caption), words);
  if (source && caption.words.some((word) => word.attention.length > 0)) {
    view.append(make("div", { className: "stack" }, picture, map), hint);
  }
  return view;
}

function sentence_of(caption: Caption): HTMLElement {
  const sentence = make("p", { className: "sentence answer-label" }, caption.text || "The model said nothing.");
  if (!caption.ended) sentence.append(make("span", { className: "hint" }, " … cut off at the longest caption"));
  return sentence;
}

function chip(word: CaptionWord, grid: [number, number], picture: HTMLImageElement, map: HTMLCanvasElement): HTMLElement {
  const button = make("button", { type: "button", className: "chip" }, word.word, make("small", {}, percent(word.probability)));
  const show = (): void => draw_heat(map, picture, word.attention, grid);
  const hide = (): void => void map.getContext("2d")?.clearRect(0, 0, map.width, map.height);
  for (const event of ["pointerenter", "focus", "click"]) button.addEventListener(event, show);
  for (const event of ["pointerleave", "blur"]) button.addEventListener(event, hide);
  return button;
}

/** One cell of the grid a pixel, spread over the whole picture; the strongest cell is the most opaque. */
function draw_heat(map: HTMLCanvasElement, picture: HTMLImageElement, attention: number[], grid: [number, number]): void {
  const [rows, columns] = grid;
  const paper = map.getContext("2d");
  if (!paper || rows < 1 || columns < 1 || attention.length !== rows * columns || !picture.naturalWidth) return;
  const scale = Math.min(1, kMostPixels / Math.max(picture.naturalWidth, picture.naturalHeight));
  map.width = Math.max(1, Math.round(picture.naturalWidth * scale));
  map.height = Math.max(1, Math.round(picture.naturalHeight * scale));
  const cells = make("canvas", { width: columns, height: rows });
  const cell_paper = cells.getContext("2d");
  if (!cell_paper) return;
  const strongest = Math.max(...attention, 1e-9);
  attention.forEach((weight, index) => {
    cell_paper.fillStyle = `rgb(${kHeat} / ${(0.75 * Math.max(weight, 0)) / strongest})`;
    cell_paper.fillRect(index % columns, Math.floor(index / columns), 1, 1);
  });
  paper.imageSmoothingEnabled = true;
  paper.drawImage(cells, 0, 0, map.width, map.height);
}
