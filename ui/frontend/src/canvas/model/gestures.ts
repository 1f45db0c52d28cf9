// What one movement of a hand means for the document. Pure: a gesture is steps and the name of what was done.
import { randomId } from "../../shared/ids";
import type { Json, JsonObject } from "../../shared/json";
import type { Catalogue, Flow, Spot, Way, WayKind } from "./flow";
import { exitsOf } from "./flow";
import { at, type Step } from "./protocol";
import type { NodeType } from "./wire";

export interface Deed {
  /** Name of a text that says what was done, and its facts. */
  readonly label: string;
  readonly facts: Readonly<Record<string, string | number>>;
  readonly steps: readonly Step[];
  /** Cards and ways that are there afterwards and were not before. */
  readonly made: readonly string[];
}

export interface Outlet {
  readonly card: string;
  readonly exit: string;
}

/** An id that nobody else takes at the same moment: two people may add the same kind of card. */
export function freshId(wished: string): string {
  const plain = wished.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, 40) || "part";
  return `${plain}_${randomId(6)}`;
}

const whole = (spot: Spot): JsonObject => ({ x: Math.round(spot.x), y: Math.round(spot.y) });

/** Where cards lie from now on. */
export function laySteps(document: JsonObject, spots: Readonly<Record<string, Spot>>): Step[] {
  const placed: JsonObject = Object.fromEntries(Object.entries(spots).map(([id, spot]) => [id, whole(spot)]));
  if (Object.keys(placed).length === 0) return [];
  if (at(document, ["layout"]) === undefined) return [{ do: "put", path: ["layout"], value: { nodes: placed } }];
  if (at(document, ["layout", "nodes"]) === undefined) return [{ do: "put", path: ["layout", "nodes"], value: placed }];
  return Object.entries(placed).map(([id, value]) => ({ do: "put", path: ["layout", "nodes", id], value }));
}

function newCard(type: NodeType): JsonObject {
  return { id: freshId(type.title), type: type.type, v: type.version, name: type.title, settings: {} };
}

function wayValue(from: Outlet, to: string, kind: WayKind): JsonObject & { readonly id: string } {
  return { id: freshId(`${from.card}_to_${to}`), from: { node: from.card, exit: from.exit }, to, kind };
}

/** A new card, behind an exit or on its own. */
export function addCard(document: JsonObject, flow: Flow, catalogue: Catalogue, type: NodeType, spot: Spot, from?: Outlet, kind?: WayKind): Deed {
  const card = newCard(type);
  const id = String(card.id);
  const steps: Step[] = [{ do: "insert", path: ["nodes"], value: card }, ...laySteps(document, { [id]: spot })];
  if (from) steps.push(...connectSteps(flow, catalogue, from, id, kind).steps);
  else if (type.kind === "after_call") steps.push({ do: "insert", path: ["after_call"], value: id });
  return { label: "did_add", facts: { name: type.title }, steps, made: [id] };
}

/** A new card on a way: the way leads to it, and from its usual exit on to where the way led before. */
export function insertOn(document: JsonObject, type: NodeType, way: Way, spot: Spot): Deed {
  const card = newCard(type);
  const id = String(card.id);
  const steps: Step[] = [
    { do: "insert", path: ["nodes"], value: card },
    ...laySteps(document, { [id]: spot }),
    { do: "put", path: ["edges", way.id, "to"], value: id, was: way.target },
  ];
  const exit = exitsOf(type).find((each) => !each.failure);
  if (exit) steps.push({ do: "insert", path: ["edges"], value: wayValue({ card: id, exit: exit.name }, way.target, "otherwise") });
  return { label: "did_insert", facts: { name: type.title }, steps, made: [id] };
}

export const otherwiseOf = (flow: Flow, from: Outlet): Way | undefined =>
  flow.ways.find((way) => way.source === from.card && way.exit === from.exit && way.kind === "otherwise");

function connectSteps(flow: Flow, catalogue: Catalogue, from: Outlet, to: string, kind: WayKind = "otherwise"): { readonly steps: readonly Step[]; readonly made: string[] } {
  const plain = otherwiseOf(flow, from);
  const source = flow.cards.find((each) => each.id === from.card);
  const afterCall = source !== undefined && catalogue.get(source.type)?.kind === "after_call";
  if (kind === "otherwise" && plain?.target === to) return { steps: [], made: [] };
  // Of a call, one way is taken: a second *otherwise* would be dead, so the first is led elsewhere. Behind the call
  // all open ways are taken.
  if (kind === "otherwise" && plain && !afterCall) {
    return { steps: [{ do: "put", path: ["edges", plain.id, "to"], value: to, was: plain.target }], made: [plain.id] };
  }
  const way = wayValue(from, to, kind);
  const before = kind !== "otherwise" && plain ? { before: plain.id } : {};
  return { steps: [{ do: "insert", path: ["edges"], value: way, ...before }], made: [way.id] };
}

export function connect(flow: Flow, catalogue: Catalogue, from: Outlet, to: string, kind: WayKind): Deed {
  return { label: "did_connect", facts: {}, ...connectSteps(flow, catalogue, from, to, kind) };
}

/** One end of a way is put somewhere else. */
export function redirect(way: Way, from: Outlet, to: string): Deed {
  const steps: Step[] = [];
  if (to !== way.target) steps.push({ do: "put", path: ["edges", way.id, "to"], value: to, was: way.target });
  if (from.card !== way.source || from.exit !== way.exit) {
    steps.push({ do: "put", path: ["edges", way.id, "from"], value: { node: from.card, exit: from.exit } });
  }
  return { label: "did_redirect", facts: {}, steps, made: [] };
}

/** Cards go with their ways, their places and their entry in the lane. The card with which calls begin stays. */
export function remove(document: JsonObject, flow: Flow, cards: readonly string[], ways: readonly string[]): Deed {
  const gone = new Set(cards.filter((id) => id !== flow.start));
  const steps: Step[] = flow.ways
    .filter((way) => gone.has(way.source) || gone.has(way.target) || ways.includes(way.id))
    .map((way) => ({ do: "remove", path: ["edges", way.id] }));
  for (const id of gone) if (flow.spots[id]) steps.push({ do: "remove", path: ["layout", "nodes", id] });
  // From the end on, because these are addressed by place.
  const lane = flow.lane.flatMap((id, place) => (gone.has(id) ? [place] : [])).reverse();
  for (const place of lane) steps.push({ do: "remove", path: ["after_call", place] });
  if (gone.has(flow.startInbound)) steps.push({ do: "remove", path: ["start_inbound"] });
  for (const id of gone) if (at(document, ["nodes", id]) !== undefined) steps.push({ do: "remove", path: ["nodes", id] });
  const name = flow.cards.find((each) => gone.has(each.id))?.name ?? "";
  const label = gone.size > 1 ? "did_remove_many" : gone.size === 1 ? "did_remove" : "did_remove_way";
  return { label, facts: { name, count: gone.size }, steps, made: [] };
}

export function move(document: JsonObject, spots: Readonly<Record<string, Spot>>): Deed {
  return { label: "did_move", facts: { count: Object.keys(spots).length }, steps: laySteps(document, spots), made: [] };
}

export function tidy(document: JsonObject, flow: Flow, spots: Readonly<Record<string, Spot>>): Deed {
  const moved = Object.fromEntries(
    Object.entries(spots).filter(([id, spot]) => flow.spots[id]?.x !== Math.round(spot.x) || flow.spots[id]?.y !== Math.round(spot.y)),
  );
  return { ...move(document, moved), label: "did_tidy" };
}

export function rename(flow: Flow, id: string, name: string): Deed {
  const was = flow.cards.find((each) => each.id === id)?.name ?? "";
  const wanted = name.trim();
  const steps: Step[] = wanted && wanted !== was ? [{ do: "put", path: ["nodes", id, "name"], value: wanted, was }] : [];
  return { label: "did_rename", facts: { name: wanted }, steps, made: [] };
}

/** Calls begin with another card; `inbound`: those that come in. */
export function beginWith(flow: Flow, id: string, inbound: boolean): Deed {
  const [field, was]: [string, Json] = inbound ? ["start_inbound", flow.startInbound || null] : ["start", flow.start];
  const name = flow.cards.find((each) => each.id === id)?.name ?? id;
  return { label: "did_begin", facts: { name }, steps: [{ do: "put", path: [field], value: id, was }], made: [] };
}
