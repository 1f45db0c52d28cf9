// Where cards lie: top-down, as a conversation is read. What runs after the call lies below it, apart.
import dagre from "@dagrejs/dagre";

import type { Flow, Spot, Way } from "./flow";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Cards lie on a grid, so that they can be set in line by hand. */
export const GRID = 10;
export const CARD: Size = { width: 260, height: 130 };
const LANE_GAP = 170;
const SIDE_GAP = 130;
const BETWEEN_CARDS = 44;
const BETWEEN_ROWS = 92;

/** The course of the call; beside it what only reflexes lead to; below both the lane after the call. */
export function arranged(flow: Flow, after: ReadonlySet<string>, size: (id: string) => Size): Record<string, Spot> {
  const course = reached(flow, after);
  const during = flow.cards.map((each) => each.id).filter((id) => !after.has(id));
  const spots: Record<string, Spot> = {};
  put(spots, lane(flow, during.filter((id) => course.has(id)), size), { x: 0, y: 0 });
  beside(spots, groups(flow, during.filter((id) => !course.has(id))).map((ids) => lane(flow, ids, size)), size);
  put(spots, lane(flow, [...after], size), { x: 0, y: during.length > 0 ? lowest(spots, size) + LANE_GAP : 0 });
  return spots;
}

/** Cards to which ways lead from where calls begin. */
function reached(flow: Flow, after: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [flow.start, flow.startInbound].filter((id) => id !== "");
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id) || after.has(id)) continue;
    found.add(id);
    open.push(...flow.ways.filter((way) => way.source === id).map((way) => way.target));
  }
  return found;
}

/** Cards that hang together, each group by itself. */
function groups(flow: Flow, ids: readonly string[]): string[][] {
  const left = new Set(ids);
  const found: string[][] = [];
  for (const first of ids) {
    if (!left.delete(first)) continue;
    const group = [first];
    for (let place = 0; place < group.length; place += 1) {
      for (const way of flow.ways) {
        const other = way.source === group[place] ? way.target : way.target === group[place] ? way.source : "";
        if (left.delete(other)) group.push(other);
      }
    }
    found.push(group);
  }
  return found;
}

/** Groups in columns to the right of what is there, no column longer than that. */
function beside(spots: Record<string, Spot>, found: readonly Readonly<Record<string, Spot>>[], size: (id: string) => Size): void {
  const bottom = lowest(spots, size);
  let left = Math.max(0, ...Object.entries(spots).map(([id, spot]) => spot.x + size(id).width + SIDE_GAP));
  let [top, width] = [0, 0];
  for (const group of found) {
    const height = lowest(group, size);
    if (top > 0 && top + height > bottom) {
      left += width + BETWEEN_CARDS;
      [top, width] = [0, 0];
    }
    put(spots, group, { x: left, y: top });
    top += height + BETWEEN_ROWS;
    width = Math.max(width, ...Object.entries(group).map(([id, spot]) => spot.x + size(id).width));
  }
}

function put(spots: Record<string, Spot>, more: Readonly<Record<string, Spot>>, by: Spot): void {
  for (const [id, spot] of Object.entries(more)) spots[id] = { x: spot.x + by.x, y: spot.y + by.y };
}

function lane(flow: Flow, ids: readonly string[], size: (id: string) => Size): Record<string, Spot> {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: BETWEEN_CARDS, ranksep: BETWEEN_ROWS, edgesep: 20, ranker: "network-simplex" });
  graph.setDefaultEdgeLabel(() => ({}));
  const inside = new Set(ids);
  for (const id of ids) graph.setNode(id, { ...size(id) });
  for (const way of flow.ways) {
    if (!inside.has(way.source) || !inside.has(way.target) || way.source === way.target) continue;
    graph.setEdge(way.source, way.target, { weight: weight(flow, way) }, way.id);
  }
  dagre.layout(graph);
  return Object.fromEntries(
    ids.map((id) => {
      const { x, y } = graph.node(id) as Spot;
      return [id, { x: onGrid(x - size(id).width / 2), y: onGrid(y - size(id).height / 2) }];
    }),
  );
}

const onGrid = (value: number): number => Math.round(value / GRID) * GRID;

/** How straight and short a way should be drawn: the usual course of the call is its spine. */
function weight(flow: Flow, way: Way): number {
  if (way.source === flow.start) return 24;
  const last = !flow.ways.some((each) => each.source === way.target);
  return way.kind === "otherwise" && !last ? 8 : 1;
}

/** A place for every card: the document's, or one beside what leads to it; all anew if the document has none. */
export function places(flow: Flow, after: ReadonlySet<string>, size: (id: string) => Size): Readonly<Record<string, Spot>> {
  const missing = flow.cards.filter((each) => !flow.spots[each.id]);
  if (missing.length === 0) return flow.spots;
  if (missing.length === flow.cards.length) return arranged(flow, after, size);
  const found: Record<string, Spot> = { ...flow.spots };
  for (const card of missing) {
    const before = flow.ways.find((way) => way.target === card.id && found[way.source]);
    const above = before ? found[before.source] : undefined;
    const id = before?.source ?? card.id;
    const wanted = above ? { x: above.x, y: above.y + size(id).height + BETWEEN_ROWS } : { x: 0, y: lowest(found, size) + BETWEEN_ROWS };
    found[card.id] = free(wanted, found, size, size(card.id));
  }
  return found;
}

/** The wanted place, or the next one to the right where nothing lies. */
export function free(wanted: Spot, taken: Readonly<Record<string, Spot>>, size: (id: string) => Size, own: Size): Spot {
  let { x } = wanted;
  const overlaps = () =>
    Object.entries(taken).find(
      ([id, spot]) => x < spot.x + size(id).width && spot.x < x + own.width && wanted.y < spot.y + size(id).height && spot.y < wanted.y + own.height,
    );
  for (let there = overlaps(); there; there = overlaps()) x = there[1].x + size(there[0]).width + BETWEEN_CARDS;
  return { x, y: wanted.y };
}

const lowest = (spots: Readonly<Record<string, Spot>>, size: (id: string) => Size): number =>
  Math.max(0, ...Object.entries(spots).map(([id, spot]) => spot.y + size(id).height));
