/** A recording, fetched with its ticket: an address with a ticket in it would stand in every log on the way. */

import { barsFor, loudness } from "./wave";

export interface Recording {
  /** An address within this page; `release` gives its memory back. */
  readonly src: string;
  readonly sides: (width: number) => readonly [Float32Array, Float32Array];
  readonly release: () => void;
}

export class NotThere extends Error {}

/** Raises `NotThere` for a recording that is gone, `TypeError` if nobody answers. */
export async function fetchRecording(url: string, ticket: string, signal: AbortSignal): Promise<Recording> {
  const answer = await fetch(url, { headers: { Authorization: `Bearer ${ticket}` }, signal, cache: "no-store" });
  if (!answer.ok) throw new NotThere(String(answer.status));
  const bytes = await answer.arrayBuffer();
  const src = URL.createObjectURL(new Blob([bytes], { type: "audio/wav" }));
  // Decoded at a low rate: a picture needs no more, and ten minutes of sound would fill hundreds of megabytes.
  const decoder = new OfflineAudioContext(2, 1, 8_000);
  const sound = await decoder.decodeAudioData(bytes);
  const caller = sound.getChannelData(0);
  const agent = sound.numberOfChannels > 1 ? sound.getChannelData(1) : caller;
  return {
    src,
    sides: (width) => [loudness(caller, barsFor(width)), loudness(agent, barsFor(width))],
    release: () => URL.revokeObjectURL(src),
  };
}
