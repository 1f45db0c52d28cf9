// One store for each flow, for as long as the page of the browser lives. Streamlit may take the component away and
// mount it again; history, unsent edits, view and selection are then still here.
import type { Viewport } from "@xyflow/react";

import { randomId } from "../shared/ids";
import { NOTHING, type Data, type Selection } from "./data";
import { httpEngine } from "./model/engine";
import { FlowStore } from "./model/store";
import { Unsent } from "./model/unsent";

export interface Seat {
  readonly store: FlowStore;
  /** The newest of what Python gave. */
  data: Data;
  /** How the person left the canvas. */
  viewport: Viewport | undefined;
  selection: Selection;
  palette: boolean;
  /** Undefined until it is known how much room there is. */
  dock: boolean | undefined;
}

const seats = new Map<string, Seat>();

export function seatOf(data: Data): Seat {
  const there = seats.get(data.flow);
  if (there) {
    there.data = data;
    return there;
  }
  const unsent = new Unsent(storage(() => localStorage), data.flow, windowName(), Date.now);
  const engine = httpEngine(data.flow, data.client, () => made.data);
  const store = new FlowStore(engine, unsent, data.client, () => randomId());
  const made: Seat = { store, data, viewport: undefined, selection: NOTHING, palette: true, dock: undefined };
  seats.set(data.flow, made);
  return made;
}

/** Survives a reload of this window and is not shared with others. */
function windowName(): string {
  const kept = storage(() => sessionStorage);
  const name = kept?.getItem("leadline.window") ?? randomId();
  kept?.setItem("leadline.window", name);
  return name;
}

/** Browsers may forbid storage altogether; then only a reload with unsent edits loses them. */
function storage(which: () => Storage): Storage | undefined {
  try {
    return which();
  } catch {
    return undefined;
  }
}
