/** Microphone, loudspeaker and line of one call, put together. All sound bypasses the page: see `messages`. */

import type { Ending } from "./closing";
import type { FromWorker, FromWorklet, ToWorker, ToWorklet } from "./messages";
import captureScript from "./sound/capture?script";
import networkScript from "./sound/network?script";
import playbackScript from "./sound/playback?script";

/** Why the microphone cannot be had. */
export type NoMicrophone = "insecure" | "refused" | "none" | "busy" | "unusable";

export class MicrophoneTrouble extends Error {
  constructor(readonly why: NoMicrophone) {
    super(why);
  }
}

/** What a call is opened with: see `POST /test-calls`. */
export interface Ticket {
  readonly call: string;
  readonly url: string;
  readonly ticket: string;
}

export interface AudioListener {
  opened(again: boolean): void;
  away(): void;
  level(level: number): void;
  ranDry(times: number, targetMs: number): void;
  microphoneGone(): void;
  closed(how: Ending): void;
}

/** Ask for the microphone, with echo cancelling: people sit in front of a loudspeaker. Throws `MicrophoneTrouble`. */
export async function microphone(): Promise<MediaStream> {
  if (!window.isSecureContext || !navigator.mediaDevices) throw new MicrophoneTrouble("insecure");
  const wanted = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: wanted });
  } catch (error) {
    throw new MicrophoneTrouble(why(error instanceof DOMException ? error.name : ""));
  }
}

function why(name: string): NoMicrophone {
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return "refused";
    case "NotFoundError":
    case "OverconstrainedError":
      return "none";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "unusable";
  }
}

export class CallAudio {
  private constructor(
    private readonly context: AudioContext,
    private readonly stream: MediaStream,
    private readonly capture: AudioWorkletNode,
    private readonly playback: AudioWorkletNode,
    private readonly network: Worker,
    private readonly listener: AudioListener,
  ) {}

  /** Everything ready, nothing opened. `stream`: from `microphone`; it is stopped with the call. */
  static async prepare(stream: MediaStream, listener: AudioListener): Promise<CallAudio> {
    const context = new AudioContext({ latencyHint: "interactive" });
    await context.resume();
    await withScript(captureScript, (url) => context.audioWorklet.addModule(url));
    await withScript(playbackScript, (url) => context.audioWorklet.addModule(url));
    const capture = new AudioWorkletNode(context, "leadline-capture", { numberOfOutputs: 0 });
    const playback = new AudioWorkletNode(context, "leadline-playback", { numberOfInputs: 0, outputChannelCount: [1] });
    const network = await withScript(networkScript, (url) => Promise.resolve(new Worker(url)));
    return new CallAudio(context, stream, capture, playback, network, listener);
  }

  open({ call, url, ticket }: Ticket): void {
    const [fromCapture, captured] = ports();
    const [toPlayback, played] = ports();
    this.listen();
    tell(this.capture, { do: "connect", port: fromCapture }, [fromCapture]);
    tell(this.playback, { do: "connect", port: toPlayback }, [toPlayback]);
    this.order({ do: "open", url, call, ticket, capture: captured, playback: played }, [captured, played]);
    this.playback.connect(this.context.destination);
    this.context.createMediaStreamSource(this.stream).connect(this.capture);
  }

  mute(muted: boolean): void {
    tell(this.capture, { do: "mute", muted });
  }

  press(digit: string): void {
    this.order({ do: "press", digit });
  }

  hangUp(): void {
    this.order({ do: "hangUp" });
  }

  /** Play on another loudspeaker. False if this browser cannot. */
  async playOn(device: string): Promise<boolean> {
    const context = this.context as AudioContext & { setSinkId?: (id: string) => Promise<void> };
    if (!context.setSinkId) return false;
    await context.setSinkId(device);
    return true;
  }

  /** Let go of everything. The line is closed too. */
  stop(): void {
    this.hangUp();
    tell(this.capture, { do: "stop" });
    tell(this.playback, { do: "stop" });
    for (const track of this.stream.getTracks()) track.stop();
    setTimeout(() => {
      this.network.terminate();
      void this.context.close().catch(() => undefined);
    }, 300); // the goodbye must leave first
  }

  private listen(): void {
    this.network.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.is === "opened") this.listener.opened(data.again);
      else if (data.is === "away") this.listener.away();
      else this.listener.closed(data.how);
    };
    this.network.onerror = () => this.listener.closed("lost");
    const heard = ({ data }: MessageEvent<FromWorklet>): void => {
      if (data.is === "level") this.listener.level(data.level);
      else this.listener.ranDry(data.times, data.targetMs);
    };
    this.capture.port.onmessage = this.playback.port.onmessage = heard;
    for (const track of this.stream.getAudioTracks()) track.onended = () => this.listener.microphoneGone();
  }

  private order(message: ToWorker, transfer: Transferable[] = []): void {
    this.network.postMessage(message, transfer);
  }
}

const tell = (node: AudioWorkletNode, message: ToWorklet, transfer: Transferable[] = []): void =>
  node.port.postMessage(message, transfer);

function ports(): [MessagePort, MessagePort] {
  const { port1, port2 } = new MessageChannel();
  return [port1, port2];
}

async function withScript<T>(text: string, use: (url: string) => Promise<T>): Promise<T> {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return await use(url);
  } finally {
    // A worker fetches its script a moment later.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}
