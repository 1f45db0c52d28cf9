/**
 * The agent's sound between the network and the loudspeaker.
 *
 * It waits until a little is there (60 ms) before it begins, so that frames may come unevenly. When it runs dry in the
 * middle of an utterance it waits for more the next time, up to 200 ms, and comes back down while all goes well. Marks
 * stand between the samples and are handed out when everything before them has been heard. Pure: no clock, no browser.
 */

export const LEAST_MS = 60;
export const MOST_MS = 200;
const STEP_UP_MS = 40;
const STEP_DOWN_MS = 20;
/** So much sound without running dry, then it may wait less. */
const GOOD_S = 20;
/** The sound is faded out within this time when it is cut. */
const FADE_MS = 4;
/** More waiting than this is thrown away from its beginning: nobody wants to hear an agent that is seconds late. */
const TOO_LATE_S = 30;

export interface Pulled<Mark> {
  /** Marks that were passed: all before them has been heard. */
  readonly heard: readonly Mark[];
  /** The buffer ran dry although more was to come. */
  readonly ranDry: boolean;
}

export class JitterBuffer<Mark> {
  private queue: Float32Array[] = [];
  private offset = 0;
  private waiting = 0;
  private pushed = 0;
  private played = 0;
  /** Where the sound ends on purpose: at the last mark, or at a cut. Running dry anywhere else is the network's doing. */
  private endsAt = 0;
  private marks: { at: number; mark: Mark }[] = [];
  private playing = false;
  private waited = 0;
  private good = 0;
  private targetMs = LEAST_MS;

  constructor(private readonly rate: number) {}

  /** What it waits for before it begins, in milliseconds. */
  get target(): number {
    return this.targetMs;
  }

  /** Sound that waits to be heard, in milliseconds. */
  get waitingMs(): number {
    return (1000 * this.waiting) / this.rate;
  }

  push(samples: Float32Array): void {
    this.queue.push(samples);
    this.waiting += samples.length;
    this.pushed += samples.length;
    while (this.waiting > TOO_LATE_S * this.rate) this.skip(this.queue[0]!.length - this.offset);
  }

  mark(mark: Mark): void {
    this.marks.push({ at: this.pushed, mark });
    this.endsAt = this.pushed;
  }

  /** Drop what waits, with its marks; what is being heard fades out. */
  clear(): void {
    const tail = new Float32Array(this.playing ? Math.min(this.waiting, this.samples(FADE_MS)) : 0);
    for (let i = 0; i < tail.length; i++) tail[i] = this.next() * (1 - (i + 1) / tail.length);
    this.queue = tail.length > 0 ? [tail] : [];
    this.offset = 0;
    this.waiting = tail.length;
    this.marks = [];
    this.pushed = this.endsAt = this.played + tail.length;
  }

  /** Fill `out` with what is to be heard now. */
  pull(out: Float32Array): Pulled<Mark> {
    this.playing ||= this.mayBegin(out.length);
    let filled = 0;
    if (this.playing) while (filled < out.length && this.waiting > 0) out[filled++] = this.next();
    out.fill(0, filled);
    const ranDry = this.playing && filled < out.length && this.dry();
    this.settle(filled);
    return { heard: this.passed(), ranDry };
  }

  private mayBegin(length: number): boolean {
    if (this.waiting === 0) {
      this.waited = 0;
      return false;
    }
    const wanted = this.samples(this.targetMs);
    this.waited += length;
    // A short utterance that is whole need not wait, nor one of which nothing more comes.
    return this.endsAt === this.pushed || this.waiting >= wanted || this.waited > wanted;
  }

  /** Nothing is left to play. Says whether more should have been there. */
  private dry(): boolean {
    this.playing = false;
    this.waited = 0;
    if (this.endsAt === this.pushed) return false;
    this.targetMs = Math.min(MOST_MS, this.targetMs + STEP_UP_MS);
    this.good = 0;
    return true;
  }

  private settle(samples: number): void {
    this.good += samples;
    if (this.good < GOOD_S * this.rate) return;
    this.targetMs = Math.max(LEAST_MS, this.targetMs - STEP_DOWN_MS);
    this.good = 0;
  }

  private passed(): Mark[] {
    const heard: Mark[] = [];
    while (this.marks.length > 0 && this.marks[0]!.at <= this.played) heard.push(this.marks.shift()!.mark);
    return heard;
  }

  private next(): number {
    const head = this.queue[0]!;
    const sample = head[this.offset++]!;
    this.waiting--;
    this.played++;
    if (this.offset >= head.length) {
      this.queue.shift();
      this.offset = 0;
    }
    return sample;
  }

  private skip(samples: number): void {
    for (let i = 0; i < samples; i++) this.next();
  }

  private samples(ms: number): number {
    return Math.round((ms * this.rate) / 1000);
  }
}
