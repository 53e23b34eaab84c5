// SPDX-License-Identifier: Apache-2.0
// A mask as people read it: over the image with adjustable strength or alone, with the share of each class.

import { Segmentation } from "./api";
import { make, percent } from "./dom";

const kColors = 8; // as src/vision/draw.cpp draws the classes: 1 to 8, then round again; style.css has the same

/** The figure: the image, the server's drawing of the mask over it, and the legend. */
export function segmentation_view(result: Segmentation, source: string): HTMLElement {
  const overlay = picture(result.overlay_image, `The image with the mask of ${result.labels.join(", ")} over it`, result);
  overlay.className = "overlay";
  const stack = make("div", { className: "stack" });
  if (source) stack.append(picture(source, "", result));
  stack.append(overlay);

  const rows = result.labels.map((label, index) => legend_row(label, result.fractions[index] ?? 0, index));
  const legend = make("ul", { className: "legend" }, ...rows);
  const sure = `Mean confidence inside the mask: ${percent(result.mean_confidence)}`;
  return make("div", { className: "segmentation" }, stack, legend, make("p", { className: "hint" }, sure));
}

/** The slider that fades the mask in and out. */
export function segmentation_tools(view: HTMLElement): Node[] {
  const overlay = view.querySelector<HTMLElement>(".overlay");
  const slider = make("input", { type: "range", min: "0", max: "100", value: "100" });
  slider.addEventListener("input", () => {
    if (overlay) overlay.style.opacity = `${Number(slider.value) / 100}`;
  });
  return [make("label", { className: "fader" }, "Mask", slider)];
}

function picture(address: string, alt: string, size: { width: number; height: number }): HTMLImageElement {
  return make("img", { src: address, alt, width: size.width, height: size.height });
}

function legend_row(label: string, share: number, index: number): HTMLElement {
  const color = index === 0 ? "background" : `class-${((index - 1) % kColors) + 1}`;
  const swatch = make("span", { className: `swatch ${color}`, ariaHidden: "true" });
  return make("li", {}, swatch, make("span", {}, label), make("span", { className: "share" }, percent(share)));
}
