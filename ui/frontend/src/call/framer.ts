/** Cuts a stream of samples into frames of 20 ms as they go over the wire. */

import { FRAME_SAMPLES } from "./format";

/** One frame. `peak`: the loudest sample of it, 0 to 1. */
export interface Frame {
  readonly pcm: Int16Array<ArrayBuffer>;
  readonly peak: number;
}

export class Framer {
  private pcm = new Int16Array(FRAME_SAMPLES);
  private filled = 0;
  private peak = 0;

  /** Take one sample (-1 to 1; louder is clipped); a frame when one is full, else null. */
  push(sample: number): Frame | null {
    const value = Math.max(-1, Math.min(1, sample));
    this.peak = Math.max(this.peak, Math.abs(value));
    this.pcm[this.filled++] = Math.round(value * 32_767);
    if (this.filled < FRAME_SAMPLES) return null;
    const frame = { pcm: this.pcm, peak: this.peak };
    this.pcm = new Int16Array(FRAME_SAMPLES);
    this.filled = 0;
    this.peak = 0;
    return frame;
  }
}
