/** Audio worklet: the agent's frames to the loudspeaker, at whatever rate that has. */

import { RATE } from "../format";
import { JitterBuffer } from "../jitter_buffer";
import type { FromPlayback, FromWorklet, ToPlayback, ToWorklet } from "../messages";
import type { Payload } from "../protocol";
import { Resampler } from "../resampler";

class Playback extends AudioWorkletProcessor {
  private readonly resampler = new Resampler(RATE, sampleRate);
  private readonly buffer = new JitterBuffer<Payload>(sampleRate);
  private network: MessagePort | null = null;
  private running = true;
  private dry = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => {
      if (data.do === "connect") {
        this.network = data.port;
        data.port.onmessage = (event: MessageEvent<ToPlayback>) => this.take(event.data);
      } else if (data.do === "stop") {
        this.running = false;
      }
    };
  }

  process(_: Float32Array[][], outputs: Float32Array[][]): boolean {
    const [first, ...others] = outputs[0] ?? [];
    if (!first) return this.running;
    const { heard, ranDry } = this.buffer.pull(first);
    for (const channel of others) channel.set(first);
    for (const payload of heard) this.network?.postMessage({ payload } satisfies FromPlayback);
    if (ranDry) this.tell({ is: "ranDry", times: ++this.dry, targetMs: this.buffer.target });
    return this.running;
  }

  private take(message: ToPlayback): void {
    switch (message.is) {
      case "sound":
        this.buffer.push(this.atOurRate(new Int16Array(message.pcm)));
        break;
      case "mark":
        this.buffer.mark(message.payload);
        break;
      case "clear":
        this.buffer.clear();
        this.resampler.reset();
        break;
    }
  }

  private atOurRate(pcm: Int16Array): Float32Array {
    const made: number[] = [];
    this.resampler.push(
      Float32Array.from(pcm, (value) => value / 32_768),
      (sample) => made.push(sample),
    );
    return Float32Array.from(made);
  }

  private tell(message: FromWorklet): void {
    this.port.postMessage(message);
  }
}

registerProcessor("leadline-playback", Playback);
