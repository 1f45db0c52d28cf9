// Cards on their way to another place, another flow or another window: plain JSON in the system's clipboard.
import { isList, isObject, type Json, type JsonObject } from "../../shared/json";
import type { Flow, Spot } from "./flow";
import { freshId, laySteps, type Deed } from "./gestures";
import { at, idOf, type Step } from "./protocol";

export interface Clip {
  readonly format: "leadline.cards";
  /** Id of the flow it was taken from. */
  readonly flow: string;
  readonly cards: readonly JsonObject[];
  readonly edges: readonly JsonObject[];
  readonly spots: Readonly<Record<string, Spot>>;
}

/** The chosen cards and the ways between them; undefined when nothing is chosen. */
export function copy(document: JsonObject, flow: Flow, ids: readonly string[], spots: Readonly<Record<string, Spot>>): Clip | undefined {
  const chosen = new Set(ids);
  const part = (path: string, id: string): JsonObject[] => {
    const found = at(document, [path, id]);
    return isObject(found) ? [found] : [];
  };
  const cards = flow.cards.filter((each) => chosen.has(each.id)).flatMap((each) => part("nodes", each.id));
  if (cards.length === 0) return undefined;
  const inside = flow.ways.filter((way) => chosen.has(way.source) && chosen.has(way.target));
  return {
    format: "leadline.cards",
    flow: String(document.id ?? ""),
    cards,
    edges: inside.flatMap((way) => part("edges", way.id)),
    spots: Object.fromEntries(Object.entries(spots).filter(([id]) => chosen.has(id))),
  };
}

export function readClip(text: string): Clip | undefined {
  try {
    const value = JSON.parse(text) as Json;
    if (!isObject(value) || value.format !== "leadline.cards" || !isList(value.cards) || !isList(value.edges)) return undefined;
    if (!isObject(value.spots) || ![...value.cards, ...value.edges].every((each) => idOf(each) !== undefined)) return undefined;
    return value as unknown as Clip;
  } catch {
    return undefined;
  }
}

/** The cards with fresh ids, ways between them included. `to`: where the upper left one lies; else a little aside. */
export function paste(document: JsonObject, clip: Clip, to: Spot | undefined, types: (type: string) => string): Deed {
  const renamed = new Map(clip.cards.map((card) => [idOf(card) ?? "", freshId(String(card.name ?? card.type ?? "card"))]));
  const name = (id: Json | undefined): string => renamed.get(String(id)) ?? String(id);
  const steps: Step[] = clip.cards.map((card) => ({ do: "insert", path: ["nodes"], value: { ...card, id: name(card.id) } }));
  const spots = Object.values(clip.spots);
  const corner = { x: Math.min(...spots.map((each) => each.x)), y: Math.min(...spots.map((each) => each.y)) };
  const by = to && spots.length > 0 ? { x: to.x - corner.x, y: to.y - corner.y } : { x: 40, y: 40 };
  const placed = Object.entries(clip.spots).map(([id, spot]) => [name(id), { x: spot.x + by.x, y: spot.y + by.y }] as const);
  steps.push(...laySteps(document, Object.fromEntries(placed)));
  for (const edge of clip.edges) {
    const from = isObject(edge.from) ? edge.from : {};
    const value = { ...edge, id: freshId(`${name(from.node)}_to_${name(edge.to)}`), from: { ...from, node: name(from.node) }, to: name(edge.to) };
    steps.push({ do: "insert", path: ["edges"], value });
  }
  for (const id of laneOf(clip, types)) steps.push({ do: "insert", path: ["after_call"], value: name(id) });
  const made = [...renamed.values()];
  const first = String(clip.cards[0]?.name ?? "");
  return { label: made.length > 1 ? "did_paste_many" : "did_paste", facts: { name: first, count: made.length }, steps, made };
}

/** Cards behind the call to which no way leads must begin the lane, or they would never run. */
function laneOf(clip: Clip, types: (type: string) => string): string[] {
  const reached = new Set(clip.edges.map((edge) => String(edge.to)));
  return clip.cards.filter((card) => types(String(card.type)) === "after_call" && !reached.has(idOf(card) ?? "")).map((card) => idOf(card) ?? "");
}
