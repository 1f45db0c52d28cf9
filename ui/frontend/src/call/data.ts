/** What Python gives to the panel, and what it gets back: see ui/testing/call_panel.py. */

import type { Ticket } from "./audio";

export interface SlotWords {
  readonly label: string;
  readonly type: string;
  /** What to call the values of a choice. */
  readonly choices: Readonly<Record<string, string>>;
}

/** The engine's answer to the wish `ask`. `watch`: the ticket for the call's `events`. `page`: of the call. */
export interface Granted extends Ticket {
  readonly ask: string;
  readonly events: string;
  readonly watch: string;
  readonly page: string;
}

export interface Denied {
  readonly ask: string;
  readonly sentence: string;
}

export interface Data {
  readonly flow: string;
  readonly agent: string;
  readonly texts: Readonly<Record<string, string>>;
  readonly outcomes: Readonly<Record<string, string>>;
  readonly slots: Readonly<Record<string, SlotWords>>;
  readonly granted: Granted | null;
  readonly denied: Denied | null;
}

/** `want`: a call is wanted; the answer carries the same `ask`. */
export interface Told extends Record<string, unknown> {
  want: string;
}
