/** Where a call from the browser stands, and what may happen there. Pure. */

import type { NoMicrophone } from "./audio";
import type { Ending } from "./closing";

/** `asking`: for the microphone. `preparing`: the engine makes the call ready. `away`: the line has dropped. */
export type Phase =
  | { readonly is: "idle" }
  | { readonly is: "asking" }
  | { readonly is: "preparing" }
  | { readonly is: "connecting" }
  | { readonly is: "talking"; readonly since: number }
  | { readonly is: "away"; readonly since: number }
  | { readonly is: "ended"; readonly how: Ending; readonly seconds: number }
  | { readonly is: "stuck"; readonly why: Stuck; readonly detail: string };

/** Why a call could not begin. `refused`: the engine says no, its own sentence is the detail. */
export type Stuck = `microphone_${NoMicrophone}` | "engine" | "no_answer";

export const isOn = (phase: Phase): boolean => ["connecting", "talking", "away"].includes(phase.is);
export const isBusy = (phase: Phase): boolean => ["asking", "preparing"].includes(phase.is);

/** Length of the call so far, as m:ss. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
