// React Flow's cards and lines, kept in step with the document.
import { applyEdgeChanges, applyNodeChanges, useNodesInitialized, useReactFlow, type EdgeChange, type NodeChange } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useState } from "react";

import type { Lit } from "../data";
import { afterCall, viewOf, type Card, type Catalogue, type Flow, type Spot } from "../model/flow";
import { CARD, places, type Size } from "../model/layout";
import type { Issue, View } from "../model/wire";
import type { Words } from "../../shared/words";
import { edgesOf, nodesOf, type AnyNode, type Drawn, type WayEdge } from "./nodes";

interface Given {
  readonly flow: Flow;
  readonly view: View;
  readonly catalogue: Catalogue;
  readonly issues: ReadonlyMap<string, readonly Issue[]>;
  readonly lit: Lit;
  readonly words: Words;
  /** What was chosen when the canvas was last seen. */
  readonly remembered: { readonly cards: readonly string[]; readonly edges: readonly string[] };
  readonly moved: (spots: Readonly<Record<string, Spot>>) => void;
}

/** A card's size before it has been drawn: near enough for a first layout. */
const guess = (): Size => ({ width: CARD.width, height: 150 });

export function useGraph({ flow, view, catalogue, issues, lit, words, remembered, moved }: Given) {
  const rf = useReactFlow<AnyNode, WayEdge>();
  const ready = useNodesInitialized();
  const [grown, setGrown] = useState(0);
  const cardView = useCallback((card: Card) => viewOf(card, view, catalogue), [view, catalogue]);
  const after = useMemo(() => {
    const kinds = new Map(flow.cards.map((card) => [card.id, cardView(card).kind]));
    return afterCall(flow, (id) => kinds.get(id) ?? "");
  }, [flow, cardView]);
  const spots = useMemo(() => places(flow, after, guess), [flow, after]);

  const drawn = useMemo((): Drawn => {
    const size = (id: string): Size => {
      const measured = rf.getInternalNode(id)?.measured;
      return { width: measured?.width ?? CARD.width, height: measured?.height ?? guess().height };
    };
    return { flow, view, spots, after, issues, lit, words, cardView, size };
    // `ready` and `grown` say that sizes may have changed, on which the lanes depend.
  }, [rf, flow, view, spots, after, issues, lit, words, cardView, ready, grown]);
  const [nodes, setNodes] = useState<AnyNode[]>(() => nodesOf([], drawn).map((each) => chosen(each, remembered.cards.includes(each.id))));
  const [edges, setEdges] = useState<WayEdge[]>(() => edgesOf([], drawn).map((each) => chosen(each, remembered.edges.includes(each.id))));
  useEffect(() => {
    setNodes((before) => settled(before, nodesOf(before, drawn)));
    setEdges((before) => settled(before, edgesOf(before, drawn)));
  }, [drawn]);

  const onNodesChange = useCallback(
    (changes: NodeChange<AnyNode>[]) => {
      setNodes((before) => applyNodeChanges(changes, before));
      if (changes.some((each) => each.type === "dimensions" && !each.id.startsWith("lane:"))) setGrown((count) => count + 1);
      const dropped = changes.flatMap((each) => (each.type === "position" && each.dragging === false && each.position ? [[each.id, each.position] as const] : []));
      if (dropped.length > 0) moved(Object.fromEntries(dropped));
    },
    [moved],
  );
  const onEdgesChange = useCallback((changes: EdgeChange<WayEdge>[]) => setEdges((before) => applyEdgeChanges(changes, before)), []);
  const select = useCallback((cards: readonly string[], ways: readonly string[]) => {
    setNodes((before) => before.map((each) => chosen(each, cards.includes(each.id))));
    setEdges((before) => before.map((each) => chosen(each, ways.includes(each.id))));
  }, []);
  return { nodes, edges, spots, after, cardView, onNodesChange, onEdgesChange, select, ready };
}

const chosen = <T extends { readonly selected?: boolean }>(each: T, selected: boolean): T => ((each.selected ?? false) === selected ? each : { ...each, selected });

/** The same list when nothing in it is new. */
const settled = <T>(before: T[], next: T[]): T[] => (before.length === next.length && next.every((each, place) => each === before[place]) ? before : next);
