// SPDX-License-Identifier: Apache-2.0
// A canvas to draw a digit on; what was drawn leaves as a PNG, white on black, centred and filling it, as digits of data sets do.

import { by_id } from "./dom";

const kPen = 36; // canvas pixels: about one cell of an 8x8 image
const kPause_ms = 250;
const kSent = 160; // side of the PNG

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export class Drawing {
  private readonly canvas = by_id<HTMLCanvasElement>("draw");
  private readonly paper = paper_of(this.canvas);
  private readonly invitation = by_id("draw-invitation");
  private pen: { x: number; y: number } | undefined;
  private extent: Box | undefined; // of the ink
  private timer = 0;

  /** on_image: called with the drawing whenever the pen has rested a moment; on_clear: when the paper is clean again. */
  constructor(
    private readonly on_image: (image: File) => void,
    private readonly on_clear: () => void,
  ) {
    this.canvas.addEventListener("pointerdown", (event) => this.start(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) this.canvas.addEventListener(end, () => (this.pen = undefined));
    by_id("clear").addEventListener("click", () => {
      this.clear();
      this.on_clear();
    });
    this.clear();
  }

  clear(): void {
    clearTimeout(this.timer);
    this.extent = undefined;
    this.paper.fillStyle = "#000";
    this.paper.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.invitation.classList.remove("gone");
  }

  private start(event: PointerEvent): void {
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    if (!this.extent) this.fit();
    this.pen = this.position(event);
    this.line_to(this.pen);
  }

  private move(event: PointerEvent): void {
    if (this.pen) this.line_to(this.position(event));
  }

  private position(event: PointerEvent): { x: number; y: number } {
    const box = this.canvas.getBoundingClientRect();
    const { width, height } = this.canvas;
    return { x: ((event.clientX - box.left) * width) / box.width, y: ((event.clientY - box.top) * height) / box.height };
  }

  /** Gives the paper the size it has on the screen. */
  private fit(): void {
    this.canvas.width = this.canvas.clientWidth;
    this.canvas.height = this.canvas.clientHeight;
    this.clear();
  }

  private line_to(point: { x: number; y: number }): void {
    const from = this.pen ?? point;
    Object.assign(this.paper, { strokeStyle: "#fff", lineWidth: kPen, lineCap: "round", lineJoin: "round" });
    this.paper.beginPath();
    this.paper.moveTo(from.x, from.y);
    this.paper.lineTo(point.x, point.y);
    this.paper.stroke();
    this.pen = point;
    this.extent = grown(this.extent, point);
    this.invitation.classList.add("gone");
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.send(), kPause_ms);
  }

  /** The digit fills the height or the width of the sent image; its aspect is kept. */
  private send(): void {
    if (!this.extent) return;
    const width = this.extent.right - this.extent.left;
    const height = this.extent.bottom - this.extent.top;
    const scale = kSent / Math.max(width, height);
    const sent = document.createElement("canvas");
    sent.width = sent.height = kSent;
    const paper = paper_of(sent);
    paper.fillStyle = "#000";
    paper.fillRect(0, 0, kSent, kSent);
    const x = (kSent - width * scale) / 2;
    const y = (kSent - height * scale) / 2;
    paper.drawImage(this.canvas, this.extent.left, this.extent.top, width, height, x, y, width * scale, height * scale);
    sent.toBlob((blob) => {
      if (blob) this.on_image(new File([blob], "drawing.png", { type: "image/png" }));
    }, "image/png");
  }
}

function paper_of(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const paper = canvas.getContext("2d");
  if (!paper) throw new Error("this browser has no 2D canvas");
  return paper;
}

function grown(box: Box | undefined, point: { x: number; y: number }): Box {
  const half = kPen / 2;
  return {
    left: Math.min(box?.left ?? Infinity, point.x - half),
    top: Math.min(box?.top ?? Infinity, point.y - half),
    right: Math.max(box?.right ?? -Infinity, point.x + half),
    bottom: Math.max(box?.bottom ?? -Infinity, point.y + half),
  };
}
