/** Audio worklet: the microphone at whatever rate it has, to 20 ms frames at 16 kHz. */

import { RATE } from "../format";
import { Framer } from "../framer";
import type { FromCapture, FromWorklet, ToWorklet } from "../messages";
import { Resampler } from "../resampler";

/** The level is told every fifth frame. */
const LEVEL_EVERY = 5;

class Capture extends AudioWorkletProcessor {
  private readonly resampler = new Resampler(sampleRate, RATE);
  private readonly framer = new Framer();
  private network: MessagePort | null = null;
  private running = true;
  private muted = false;
  private frames = 0;
  private loudest = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => {
      if (data.do === "connect") this.network = data.port;
      else if (data.do === "mute") this.muted = data.muted;
      else this.running = false;
    };
  }

  process(inputs: Float32Array[][]): boolean {
    const samples = inputs[0]?.[0];
    if (samples) this.resampler.push(samples, (sample) => this.take(this.muted ? 0 : sample));
    return this.running;
  }

  private take(sample: number): void {
    const frame = this.framer.push(sample);
    if (!frame) return;
    this.loudest = Math.max(this.loudest, frame.peak);
    if (++this.frames % LEVEL_EVERY === 0) {
      this.port.postMessage({ is: "level", level: this.loudest } satisfies FromWorklet);
      this.loudest = 0;
    }
    const pcm = frame.pcm.buffer;
    this.network?.postMessage({ pcm } satisfies FromCapture, [pcm]);
  }
}

registerProcessor("leadline-capture", Capture);
