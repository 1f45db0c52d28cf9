// The flow as React Flow wants it. Objects that say the same as before stay the same objects: they are not drawn again.
import { MarkerType, type Edge, type Node } from "@xyflow/react";

import type { Words } from "../../shared/words";
import type { Lit } from "../data";
import type { Card, Flow, Spot, Way } from "../model/flow";
import type { Size } from "../model/layout";
import type { CardView, Issue, View } from "../model/wire";
import { issueKey, shadeOf } from "./board";

export type CardData = {
  readonly card: Card;
  readonly view: CardView;
  readonly issues: readonly Issue[];
  /** Exits from which a way leads, by name, joined: equal when nothing changed. */
  readonly wired: string;
  /** Ways that lead to a card that is gone. */
  readonly broken: number;
  readonly lit: boolean;
  readonly visited: boolean;
  readonly start: boolean;
  readonly startInbound: boolean;
};
export type CardNode = Node<CardData, "card">;
export type LaneNode = Node<{ readonly lane: "during" | "after"; readonly width: number; readonly height: number }, "lane">;
export type AnyNode = CardNode | LaneNode;

export type WayData = {
  readonly way: Way;
  readonly sentence: string;
  readonly failure: boolean;
  readonly problems: number;
  /** How many sentences stand above the same card before this one. */
  readonly place: number;
};
export type WayEdge = Edge<WayData, "way">;

export interface Drawn {
  readonly flow: Flow;
  readonly view: View;
  readonly spots: Readonly<Record<string, Spot>>;
  readonly after: ReadonlySet<string>;
  readonly issues: ReadonlyMap<string, readonly Issue[]>;
  readonly lit: Lit;
  readonly words: Words;
  readonly cardView: (card: Card) => CardView;
  readonly size: (id: string) => Size;
}

const NONE: readonly Issue[] = [];
const PADDING = 40;
const HEADING = 34;

export function nodesOf(before: readonly AnyNode[], drawn: Drawn): AnyNode[] {
  const { flow, spots, words } = drawn;
  const known = new Map(before.map((each) => [each.id, each]));
  const there = new Set(flow.cards.map((each) => each.id));
  const wired = new Map<string, string[]>();
  const broken = new Map<string, number>();
  for (const way of flow.ways) {
    if (there.has(way.target)) wired.set(way.source, [...(wired.get(way.source) ?? []), way.exit]);
    else broken.set(way.source, (broken.get(way.source) ?? 0) + 1);
  }
  const cards = flow.cards.map((card): CardNode => {
    const old = known.get(card.id) as CardNode | undefined;
    const spot = spots[card.id] ?? { x: 0, y: 0 };
    const data: CardData = {
      card,
      view: drawn.cardView(card),
      issues: drawn.issues.get(issueKey("node", card.id)) ?? NONE,
      wired: (wired.get(card.id) ?? []).join("|"),
      broken: broken.get(card.id) ?? 0,
      lit: drawn.lit.cards.includes(card.id),
      visited: drawn.lit.visited.includes(card.id),
      start: flow.start === card.id,
      startInbound: flow.startInbound === card.id,
    };
    const still = old?.dragging === true || (old?.position.x === spot.x && old.position.y === spot.y);
    if (old && still && alike(old.data, data)) return old;
    return { ...old, id: card.id, type: "card", position: old?.dragging ? old.position : spot, data, zIndex: 1, ariaLabel: spoken(data, words) };
  });
  return [...lanesOf(known, drawn), ...cards];
}

/** What a screen reader says of a card. */
function spoken({ card, view, issues, start }: CardData, words: Words): string {
  const parts = [words("card_spoken", { type: view.type_title, name: card.name })];
  if (start) parts.push(words("start"));
  if (view.summary) parts.push(view.summary);
  if (issues.length > 0) parts.push(words("problems_spoken", { count: issues.length }));
  return parts.join(". ");
}

/** The two lanes, drawn around their cards. */
function lanesOf(known: ReadonlyMap<string, AnyNode>, { flow, spots, after, size }: Drawn): LaneNode[] {
  const lanes = [
    ["during", flow.cards.filter((each) => !after.has(each.id))],
    ["after", flow.cards.filter((each) => after.has(each.id))],
  ] as const;
  return lanes.flatMap(([lane, cards]): LaneNode[] => {
    if (cards.length === 0) return [];
    const boxes = cards.map(({ id }) => ({ ...(spots[id] ?? { x: 0, y: 0 }), ...size(id) }));
    const left = Math.min(...boxes.map((box) => box.x)) - PADDING;
    const top = Math.min(...boxes.map((box) => box.y)) - PADDING - HEADING;
    const width = Math.max(...boxes.map((box) => box.x + box.width)) + PADDING - left;
    const height = Math.max(...boxes.map((box) => box.y + box.height)) + PADDING - top;
    const id = `lane:${lane}`;
    const old = known.get(id) as LaneNode | undefined;
    const data = { lane, width, height };
    if (old && alike(old.data, data) && old.position.x === left && old.position.y === top) return [old];
    return [
      { ...old, id, type: "lane", position: { x: left, y: top }, data, zIndex: -1, selectable: false, draggable: false, focusable: false, deletable: false, connectable: false },
    ];
  });
}

export function edgesOf(before: readonly WayEdge[], drawn: Drawn): WayEdge[] {
  const { flow, view, words } = drawn;
  const known = new Map(before.map((each) => [each.id, each]));
  const cards = new Map(flow.cards.map((each) => [each.id, each]));
  const sentence = (way: Way) => way.label || view.edges[way.id]?.sentence || (way.kind === "otherwise" ? "" : words(`way_${way.kind}`));
  // Ways with the same words to the same card share one sentence; others stand above each other.
  const said = new Map<string, string[]>();
  const placeOf = (way: Way): number => {
    const words = sentence(way);
    if (!words) return 0;
    const there = said.get(way.target) ?? [];
    if (!there.includes(words)) said.set(way.target, [...there, words]);
    return said.get(way.target)?.indexOf(words) ?? 0;
  };
  return flow.ways
    .filter((way) => cards.has(way.source) && cards.has(way.target))
    .map((way): WayEdge => {
      const old = known.get(way.id);
      const source = cards.get(way.source);
      const failure = source !== undefined && drawn.cardView(source).exits.some((exit) => exit.name === way.exit && exit.failure);
      const data: WayData = {
        way,
        sentence: sentence(way),
        failure,
        problems: drawn.issues.get(issueKey("edge", way.id))?.length ?? 0,
        place: placeOf(way),
      };
      if (old?.data && alike({ ...old.data, way: 0 }, { ...data, way: 0 }) && alike(old.data.way, way)) return old;
      const names = { source: cards.get(way.source)?.name ?? "", target: cards.get(way.target)?.name ?? "" };
      return {
        ...old, id: way.id, type: "way", source: way.source, sourceHandle: way.exit, target: way.target, targetHandle: "in", data,
        markerEnd: { type: MarkerType.ArrowClosed, width: 15, height: 15 },
        ariaLabel: words("way_spoken", { ...names, sentence: data.sentence }),
      };
    });
}

/** Same names and same values, one level deep. */
function alike(left: object, right: object): boolean {
  const names = Object.keys(left);
  const values = left as Record<string, unknown>;
  const others = right as Record<string, unknown>;
  return names.length === Object.keys(right).length && names.every((name) => values[name] === others[name]);
}

export const shadeOfNode = (node: Node): string => (node.type === "card" ? shadeOf((node as CardNode).data.view) : "lane");
