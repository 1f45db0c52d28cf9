// A flow document as the canvas reads it. Tolerant: a draft may be half made, and nothing of it may be hidden.
import { isList, isObject, type Json, type JsonObject } from "../../shared/json";
import type { CardView, Exit, NodeType, View } from "./wire";

export type WayKind = "rule" | "intent" | "otherwise";

export interface Card {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly note: string;
}

/** A way from one card to the next. */
export interface Way {
  readonly id: string;
  readonly source: string;
  readonly exit: string;
  readonly target: string;
  readonly kind: WayKind;
  readonly label: string;
}

export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface Reflex {
  readonly id: string;
  readonly label: string;
  readonly then: string;
  readonly go: string;
}

export interface Flow {
  readonly cards: readonly Card[];
  readonly ways: readonly Way[];
  readonly spots: Readonly<Record<string, Spot>>;
  readonly reflexes: readonly Reflex[];
  readonly start: string;
  readonly startInbound: string;
  /** Cards with which the lane behind the call begins. */
  readonly lane: readonly string[];
}

const text = (value: Json | undefined, otherwise = ""): string => (typeof value === "string" ? value : otherwise);
const things = (value: Json | undefined): readonly JsonObject[] => (isList(value) ? value.filter(isObject).filter((each) => typeof each.id === "string") : []);

export function readFlow(document: JsonObject): Flow {
  const layout = isObject(document.layout) && isObject(document.layout.nodes) ? document.layout.nodes : {};
  return {
    cards: things(document.nodes).map(readCard),
    ways: things(document.edges).map(readWay),
    spots: Object.fromEntries(Object.entries(layout).flatMap(([id, spot]) => (isSpot(spot) ? [[id, { x: spot.x, y: spot.y }]] : []))),
    reflexes: things(document.reflexes).map(readReflex),
    start: text(document.start),
    startInbound: text(document.start_inbound),
    lane: isList(document.after_call) ? document.after_call.filter((each) => typeof each === "string") : [],
  };
}

// One object for one part of the document, so that what did not change is not drawn again.
const known = new WeakMap<JsonObject, Card>();

function readCard(card: JsonObject): Card {
  const found = known.get(card);
  if (found) return found;
  const id = text(card.id);
  const made = { id, type: text(card.type), name: text(card.name, id), note: text(card.note) };
  known.set(card, made);
  return made;
}

function readWay(edge: JsonObject): Way {
  const from = isObject(edge.from) ? edge.from : {};
  const kind = edge.kind === "rule" || edge.kind === "intent" ? edge.kind : "otherwise";
  const exit = text(from.exit, "next");
  return { id: text(edge.id), source: text(from.node), exit, target: text(edge.to), kind, label: text(edge.label) };
}

function readReflex(reflex: JsonObject): Reflex {
  const act = isObject(reflex.do) ? reflex.do : {};
  return { id: text(reflex.id), label: text(reflex.label, text(reflex.id)), then: text(act.then, "return"), go: text(act.go) };
}

function isSpot(value: Json): value is JsonObject & { readonly x: number; readonly y: number } {
  return isObject(value) && typeof value.x === "number" && typeof value.y === "number";
}

export type Catalogue = ReadonlyMap<string, NodeType>;

/** What is shown of a card. One that was added a moment ago is not in the engine's view yet: then its type tells. */
export function viewOf(card: Card, view: View, catalogue: Catalogue): CardView {
  const known = view.cards[card.id];
  const type = catalogue.get(card.type);
  if (known) return known;
  return {
    title: card.name, type_title: type?.title ?? card.type, kind: type?.kind ?? "", shelf: type?.shelf ?? "other",
    icon: type?.icon ?? "help", summary: type?.help ?? "", chips: [], exits: exitsOf(type), ghost: type === undefined,
    ends_the_call: type?.ends_the_call ?? false, problems: 0,
  };
}

export function exitsOf(type: NodeType | undefined): readonly Exit[] {
  return type && !type.ends_the_call ? type.exits : [];
}

/** Ids of the cards that run when the call is over: by their kind, or by standing behind one that does. */
export function afterCall(flow: Flow, kind: (id: string) => string): ReadonlySet<string> {
  const found = new Set(flow.cards.map((each) => each.id).filter((id) => kind(id) === "after_call" || flow.lane.includes(id)));
  const targets = new Map<string, string[]>();
  for (const way of flow.ways) targets.set(way.source, [...(targets.get(way.source) ?? []), way.target]);
  const open = [...found];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const next of targets.get(id) ?? []) {
      if (!found.has(next) && kind(next) === "") {
        found.add(next);
        open.push(next);
      }
    }
  }
  return found;
}
