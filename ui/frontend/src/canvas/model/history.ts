// What the person can take back, and what they have taken back.
import type { JsonObject } from "../../shared/json";
import { canUndo, type Undo } from "./rebase";

const DEPTH = 500;

export class History {
  readonly past: Undo[] = [];
  readonly future: Undo[] = [];

  /** Something new was done: what was taken back before is forgotten. */
  did(undo: Undo): void {
    this.past.push(undo);
    if (this.past.length > DEPTH) this.past.shift();
    this.future.length = 0;
  }

  /** The newest entry, if it would take nothing from anybody else; a blocked one is forgotten. */
  take(from: Undo[], local: JsonObject): Undo | "blocked" | undefined {
    const entry = from.pop();
    return entry && !canUndo(local, entry) ? "blocked" : entry;
  }
}
