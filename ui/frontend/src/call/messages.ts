/** What the page, the network worker and the two audio worklets say to each other. */

import type { Ending } from "./closing";
import type { Payload } from "./protocol";

/** Page to worker. The ports lead straight to the worklets, so that a busy page delays no sound. */
export type ToWorker =
  | {
      readonly do: "open";
      readonly url: string;
      readonly call: string;
      readonly ticket: string;
      readonly capture: MessagePort;
      readonly playback: MessagePort;
    }
  | { readonly do: "press"; readonly digit: string }
  | { readonly do: "hangUp" };

export type FromWorker =
  | { readonly is: "opened"; readonly again: boolean }
  | { readonly is: "away" }
  | { readonly is: "closed"; readonly how: Ending };

/** Worker to playback worklet. */
export type ToPlayback =
  | { readonly is: "sound"; readonly pcm: ArrayBuffer }
  | { readonly is: "mark"; readonly payload: Payload }
  | { readonly is: "clear" };

/** Playback worklet to worker: this mark has been heard. */
export interface FromPlayback {
  readonly payload: Payload;
}

/** Capture worklet to worker: 20 ms of the microphone. */
export interface FromCapture {
  readonly pcm: ArrayBuffer;
}

/** Page to a worklet. */
export type ToWorklet =
  | { readonly do: "connect"; readonly port: MessagePort }
  | { readonly do: "mute"; readonly muted: boolean }
  | { readonly do: "stop" };

/** A worklet to the page. `level`: the loudest sample of the last tenth of a second, 0 to 1. `ranDry`: how often sound
 *  came too late, and what is waited for now. */
export type FromWorklet =
  | { readonly is: "level"; readonly level: number }
  | { readonly is: "ranDry"; readonly times: number; readonly targetMs: number };
