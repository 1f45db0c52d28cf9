// Edits of a flow document: the same four steps as in engine/flow/edits.py, held to the same vectors
// (tests/flow/edit_vectors.json). Nothing here changes what it is given: a new document shares all untouched parts.
import { equal, isList, isObject, type Json, type JsonObject } from "../../shared/json";

export type Place = string | number;
export type Path = readonly Place[];

export type Step =
  | { readonly do: "put"; readonly path: Path; readonly value: Json; readonly was?: Json; readonly before?: Place | null }
  | { readonly do: "remove"; readonly path: Path }
  | { readonly do: "insert"; readonly path: Path; readonly value: Json; readonly before?: Place | null }
  | { readonly do: "move"; readonly path: Path; readonly before?: Place | null };

type Put = Extract<Step, { do: "put" }>;
type Insert = Extract<Step, { do: "insert" }>;
type Move = Extract<Step, { do: "move" }>;

export interface Applied {
  readonly data: JsonObject;
  /** Steps that bring the old document back, in the order in which to take them. */
  readonly inverse: readonly Step[];
}

/** A step that no document could take. */
export class EditRefused extends Error {}

/** Somebody else was there first. `current`: what stands there now. */
export class EditConflict extends Error {
  constructor(
    readonly kind: "changed" | "gone",
    readonly step: Step,
    readonly current: Json,
  ) {
    super(`${kind}: ${step.path.join("/")}`);
  }
}

/** All steps or none. Throws EditRefused, EditConflict. */
export function apply(data: JsonObject, steps: readonly Step[]): Applied {
  let now: Json = data;
  const inverse: Step[] = [];
  for (const step of steps) {
    const taken = take(now, step);
    now = taken.root;
    if (taken.back) inverse.unshift(taken.back);
  }
  if (!isObject(now)) throw new EditRefused("a flow document begins with a curly bracket");
  return { data: now, inverse };
}

/** Where the thing with this id, or at this place, stands in a list. */
export function placeOf(things: readonly Json[], part: Place): number | undefined {
  if (typeof part === "number") return part >= 0 && part < things.length ? part : undefined;
  const found = things.findIndex((thing) => idOf(thing) === part);
  return found < 0 ? undefined : found;
}

/** The value at a path; undefined when there is none. */
export function at(data: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((here, part) => child(here, part), data);
}

export function idOf(thing: Json | undefined): string | undefined {
  return isObject(thing) && typeof thing.id === "string" ? thing.id : undefined;
}

interface Taken {
  readonly root: Json;
  readonly back: Step | undefined;
}

/** What a step makes of the part that holds its last name. `null`: the holder is not there. */
type Change = (holder: Json | undefined) => { readonly holder: Json; readonly back: Step | undefined };

function take(root: Json, step: Step): Taken {
  if (step.do === "put" && step.path.length === 0) return { root: step.value, back: { do: "put", path: [], value: root } };
  const change: Change =
    step.do === "put"
      ? (holder) => put(holder, step)
      : step.do === "remove"
        ? (holder) => remove(holder, step)
        : step.do === "insert"
          ? (holder) => insert(holder, step)
          : (holder) => move(holder, step);
  return within(root, step.path.slice(0, -1), change);
}

function child(here: Json | undefined, part: Place): Json | undefined {
  if (isObject(here)) return typeof part === "string" && Object.hasOwn(here, part) ? here[part] : undefined;
  if (!isList(here)) return undefined;
  const place = placeOf(here, part);
  return place === undefined ? undefined : here[place];
}

/** The document with one part changed; only what lies on the way to it is copied. */
function within(here: Json | undefined, path: Path, change: Change): Taken {
  const [part, ...rest] = path;
  if (part === undefined) {
    const { holder, back } = change(here);
    return { root: holder, back };
  }
  const inner = child(here, part);
  const { root, back } = within(inner, rest, change);
  if (root === inner || here === undefined) return { root: here ?? null, back };
  if (isList(here)) return { root: here.with(placeOf(here, part) ?? 0, root), back };
  return { root: { ...(here as JsonObject), [part]: root }, back };
}

const last = (step: Step): Place => step.path[step.path.length - 1] ?? "";

function put(holder: Json | undefined, step: Put): ReturnType<Change> {
  const part = last(step);
  if (holder === undefined) throw new EditConflict("gone", step, null);
  if (isObject(holder)) {
    if (typeof part !== "string") throw new EditRefused(`${part} is no name`);
    refuseNewId(step, holder);
    const known = Object.hasOwn(holder, part);
    const old = known ? (holder[part] ?? null) : null;
    refuseConflict(step, old);
    if (known) return { holder: { ...holder, [part]: step.value }, back: { do: "put", path: step.path, value: old } };
    return { holder: withNew(holder, part, step.value, step.before), back: { do: "remove", path: step.path } };
  }
  if (!isList(holder)) throw new EditRefused("there is nothing inside a single value");
  const place = placeOf(holder, part);
  if (place === undefined) throw new EditConflict("gone", step, null);
  const old = holder[place] ?? null;
  if (idOf(old) !== idOf(step.value)) throw new EditRefused("a thing keeps its id for good");
  refuseConflict(step, old);
  return { holder: holder.with(place, step.value), back: { do: "put", path: step.path, value: old } };
}

function refuseConflict(step: Put, old: Json): void {
  if (step.was !== undefined && !equal(old, step.was) && !equal(old, step.value)) {
    throw new EditConflict("changed", step, old);
  }
}

/** An id is an address for good: everything else in the flow refers by it. */
function refuseNewId(step: Step, holder: JsonObject): void {
  const { path } = step;
  const ofFlow = path.length === 1 && path[0] === "id";
  if (ofFlow || (path.length > 1 && last(step) === "id" && path[path.length - 2] === holder.id)) {
    throw new EditRefused("a thing keeps its id for good");
  }
}

function withNew(holder: JsonObject, name: string, value: Json, before: Place | null | undefined): JsonObject {
  const entries = Object.entries(holder);
  const place = entries.findIndex(([each]) => each === before);
  return Object.fromEntries(entries.toSpliced(place < 0 ? entries.length : place, 0, [name, value]));
}

function remove(holder: Json | undefined, step: Step): ReturnType<Change> {
  const part = last(step);
  if (isObject(holder) && typeof part === "string" && Object.hasOwn(holder, part)) {
    refuseNewId(step, holder);
    const { [part]: old = null, ...rest } = holder;
    const names = Object.keys(holder);
    const follower = names[names.indexOf(part) + 1];
    return { holder: rest, back: { do: "put", path: step.path, value: old, ...(follower !== undefined && { before: follower }) } };
  }
  const place = isList(holder) ? placeOf(holder, part) : undefined;
  if (isList(holder) && place !== undefined) {
    const rest = holder.toSpliced(place, 1);
    const back: Step = { do: "insert", path: step.path.slice(0, -1), value: holder[place] ?? null, ...before(nameAt(rest, place)) };
    return { holder: rest, back };
  }
  if (holder !== undefined && !isObject(holder) && !isList(holder)) throw new EditRefused("there is nothing inside a single value");
  return { holder: holder ?? null, back: undefined };
}

function insert(holder: Json | undefined, step: Insert): ReturnType<Change> {
  const part = last(step);
  if (holder === undefined) throw new EditConflict("gone", step, null);
  if (!isObject(holder) && !isList(holder)) throw new EditRefused("there is nothing inside a single value");
  if (isObject(holder) && typeof part === "string" && !Object.hasOwn(holder, part)) {
    return { holder: { ...holder, [part]: [step.value] }, back: { do: "remove", path: step.path } };
  }
  const things = child(holder, part);
  if (things === undefined) throw new EditConflict("gone", step, null);
  if (!isList(things)) throw new EditRefused(`${step.path.join("/")} is no list`);
  const id = idOf(step.value);
  if (id !== undefined && placeOf(things, id) !== undefined) throw new EditRefused(`the id ${id} is taken`);
  const place = (step.before != null ? placeOf(things, step.before) : undefined) ?? things.length;
  const grown = things.toSpliced(place, 0, step.value);
  const made = isList(holder) ? holder.with(placeOf(holder, part) ?? 0, grown) : { ...holder, [part]: grown };
  return { holder: made, back: { do: "remove", path: [...step.path, id ?? place] } };
}

function move(holder: Json | undefined, step: Move): ReturnType<Change> {
  const part = last(step);
  if (holder !== undefined && !isObject(holder) && !isList(holder)) throw new EditRefused("there is nothing inside a single value");
  const from = isList(holder) ? placeOf(holder, part) : undefined;
  if (!isList(holder) || from === undefined) throw new EditConflict("gone", step, null);
  if (step.before === part) return { holder, back: undefined };
  const thing = holder[from] ?? null;
  const rest = holder.toSpliced(from, 1);
  const follower = nameAt(rest, from);
  const target = placeWithout(rest, step.before, from);
  // A follower by number counts as it will once the thing stands at its new place.
  const seen = typeof follower === "number" ? follower + (follower >= target ? 1 : 0) : follower;
  const back: Step = { do: "move", path: [...step.path.slice(0, -1), idOf(thing) ?? target], ...before(seen) };
  return { holder: rest.toSpliced(target, 0, thing), back };
}

/** Where to put a thing that was taken from a list. A number counts in the list as it was with the thing. */
function placeWithout(rest: readonly Json[], wanted: Place | null | undefined, takenFrom: number): number {
  if (typeof wanted === "number") return Math.min(Math.max(wanted - (wanted > takenFrom ? 1 : 0), 0), rest.length);
  return (wanted != null ? placeOf(rest, wanted) : undefined) ?? rest.length;
}

/** How the thing at a place is addressed: by id if it has one; nothing behind the end. */
function nameAt(things: readonly Json[], place: number): Place | undefined {
  return place < things.length ? (idOf(things[place]) ?? place) : undefined;
}

const before = (name: Place | undefined): { before?: Place } => (name === undefined ? {} : { before: name });
