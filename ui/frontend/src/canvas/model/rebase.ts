// Pure: unconfirmed edits on top of what the engine has, and what becomes of an edit when somebody else was faster.
import { equal, type Json, type JsonObject } from "../../shared/json";
import { apply, at, EditConflict, EditRefused, type Path, type Step } from "./protocol";
import type { Conflict, Edit, StoredEdit } from "./wire";

/** What the person sees. An edit that does not fit any more is left out: the engine will say why, and the person
 *  decides. */
export function rebase(base: JsonObject, unconfirmed: readonly Edit[]): JsonObject {
  let local = base;
  for (const edit of unconfirmed) {
    try {
      local = apply(local, edit.steps).data;
    } catch (error) {
      if (!(error instanceof EditConflict || error instanceof EditRefused)) throw error;
    }
  }
  return local;
}

/** What has to stand where, so that an inverse brings back what the person saw and takes nothing from others. */
export interface Guard {
  readonly path: Path;
  /** undefined: nothing stands there. */
  readonly value: Json | undefined;
}

export interface Undo {
  readonly label: string;
  readonly steps: readonly Step[];
  readonly guards: readonly Guard[];
}

/** How to take an edit back. `after`: the document as the edit left it. */
export function undoOf(label: string, after: JsonObject, inverse: readonly Step[]): Undo {
  const guards: Guard[] = [];
  let now = after;
  const touched = new Set<string>();
  for (const step of inverse) {
    // Only the first step on a part meets what the edit left; later ones meet what the inverse itself has made.
    const key = JSON.stringify(step.path);
    if ((step.do === "put" || step.do === "remove") && !isPlace(step.path) && !touched.has(key)) {
      guards.push({ path: step.path, value: at(now, step.path) });
    }
    touched.add(key);
    now = apply(now, [step]).data;
  }
  return { label, steps: inverse, guards: guards.filter((each) => same(at(after, each.path), each.value)) };
}

/** Whether an edit can be taken back without taking something from somebody else. */
export function canUndo(local: JsonObject, undo: Undo): boolean {
  return undo.guards.every((guard) => same(at(local, guard.path), guard.value));
}

/** Where a card lies is nobody's work that could be lost: the last hand on it wins. */
const isPlace = (path: Path): boolean => path[0] === "layout";

const same = (left: Json | undefined, right: Json | undefined): boolean =>
  left === undefined || right === undefined ? left === right : equal(left, right);

/** The edit as its author wants it, whatever others did: nothing is expected any more, and what they took away comes
 *  back first. `others`: their edits, which know how to be undone. */
export function keepMine(edit: Edit, conflicts: readonly Conflict[], others: readonly StoredEdit[]): Edit {
  const gone = conflicts.filter((each) => each.kind === "gone").map((each) => each.path);
  const takers = others.filter((each) => each.steps.some((step) => step.do === "remove" && gone.some((path) => holds(step.path, path))));
  const restored = takers.toReversed().flatMap((each) => each.inverse);
  const changed = new Set(conflicts.filter((each) => each.kind === "changed").map((each) => JSON.stringify(each.path)));
  const own = edit.steps.map((step) => (step.do === "put" && changed.has(JSON.stringify(step.path)) ? withoutWas(step) : step));
  return { ...edit, steps: [...restored, ...own] };
}

/** The edit without the steps that others were faster with; undefined when nothing is left of it. */
export function takeTheirs(edit: Edit, conflicts: readonly Conflict[]): Edit | undefined {
  const lost = conflicts.map((each) => each.path);
  const steps = edit.steps.filter((step) => !lost.some((path) => holds(path, step.path)));
  return steps.length > 0 ? { ...edit, steps } : undefined;
}

function withoutWas(step: Extract<Step, { do: "put" }>): Step {
  const { was: _, ...rest } = step;
  return rest;
}

/** Whether the part at `outer` is, or contains, the part at `inner`. */
function holds(outer: Path, inner: Path): boolean {
  return outer.length <= inner.length && outer.every((part, place) => part === inner[place]);
}
