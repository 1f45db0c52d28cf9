/**
 * Changes the sampling rate of a stream with a windowed sinc: nothing above half of the lower rate comes through.
 *
 * Flat to 6 kHz for 16 kHz (under 0.5 dB), 40 dB and more down from 10 kHz on. Delay: half the filter, 1 to 2 ms.
 */

/** Zero crossings of the sinc on each side. */
const CROSSINGS = 16;
/** Positions between two samples for which the filter is kept ready. */
const PHASES = 128;
/** Part of the band that is let through; the rest is the slope. */
const PASS = 0.92;

export class Resampler {
  private readonly step: number;
  private readonly half: number;
  private readonly filters: Float32Array[];
  private history: Float32Array;
  private filled = 0;
  /** Where the next output sample lies, in input samples of `history`. */
  private at: number;

  constructor(from: number, to: number) {
    this.step = from / to;
    const stretch = Math.max(1, this.step);
    this.half = Math.ceil(CROSSINGS * stretch);
    this.filters = filters(this.half, PASS / stretch);
    this.history = new Float32Array(8 * this.half + 4096);
    this.at = this.half;
    this.reset();
  }

  /** Forget the sound so far: what comes next follows silence. */
  reset(): void {
    this.history.fill(0);
    // Silence before the first sample, so that its beginning is not lost.
    this.filled = this.half;
    this.at = this.half;
  }

  /** Take samples (-1 to 1) and hand out, in order, those at the other rate that are certain by now. */
  push(samples: Float32Array, take: (sample: number) => void): void {
    this.makeRoom(samples.length);
    this.history.set(samples, this.filled);
    this.filled += samples.length;
    const width = 2 * this.half;
    while (Math.floor(this.at) + this.half < this.filled) {
      const whole = Math.floor(this.at);
      const filter = this.filters[Math.round((this.at - whole) * PHASES)]!;
      const first = whole - this.half + 1;
      let sum = 0;
      for (let i = 0; i < width; i++) sum += this.history[first + i]! * filter[i]!;
      take(sum);
      this.at += this.step;
    }
  }

  private makeRoom(more: number): void {
    if (this.filled + more <= this.history.length) return;
    const used = Math.floor(this.at) - this.half;
    if (this.filled - used + more > this.history.length) {
      const larger = new Float32Array(2 * (this.filled - used + more));
      larger.set(this.history.subarray(used, this.filled));
      this.history = larger;
    } else {
      this.history.copyWithin(0, used, this.filled);
    }
    this.filled -= used;
    this.at -= used;
  }
}

function filters(half: number, cut: number): Float32Array[] {
  const found: Float32Array[] = [];
  for (let phase = 0; phase <= PHASES; phase++) {
    const shift = phase / PHASES;
    const filter = new Float32Array(2 * half);
    let sum = 0;
    for (let i = 0; i < filter.length; i++) {
      const x = i - half + 1 - shift;
      const window = 0.5 + 0.5 * Math.cos(Math.PI * Math.max(-1, Math.min(1, x / half)));
      const value = (x === 0 ? cut : Math.sin(Math.PI * cut * x) / (Math.PI * x)) * window;
      filter[i] = value;
      sum += value;
    }
    found.push(filter.map((value) => value / sum));
  }
  return found;
}
