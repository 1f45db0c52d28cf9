/** What Python gives to the player: see ui/player.py. */

export interface Line {
  readonly who: "caller" | "agent";
  /** As it was heard; of the assistant only what was really played. */
  readonly text: string;
  /** From the start of the recording. */
  readonly atMs: number;
  /** What was said about it: words that were cut off. Empty for none. */
  readonly note: string;
}

export interface Data {
  readonly call: string;
  /** Of the recording; empty if none was kept. */
  readonly url: string;
  /** Proof for `url`. */
  readonly ticket: string;
  readonly lines: readonly Line[];
  readonly texts: Readonly<Record<string, string>>;
}
