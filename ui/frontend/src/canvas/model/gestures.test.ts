import { expect, test } from "vitest";

import type { JsonObject } from "../../shared/json";
import { copy, paste, readClip } from "./clipboard";
import { readFlow, type Catalogue } from "./flow";
import { addCard, beginWith, connect, insertOn, move, redirect, remove, rename, type Deed } from "./gestures";
import { arranged, CARD, places } from "./layout";
import { apply, at } from "./protocol";
import type { NodeType } from "./wire";

const type = (name: string, kind: NodeType["kind"], exits: string[], ends = false): NodeType => ({
  type: name, title: name, kind, shelf: "talk", version: 2, help: "", icon: "circle", ends_the_call: ends, settings: {},
  exits: exits.map((exit) => ({ name: exit, label: exit, failure: exit === "failed" })),
});
const CATALOGUE: Catalogue = new Map(
  [type("stage", "talk", ["next"]), type("book", "talk", ["failed", "booked"]), type("end", "talk", [], true), type("email", "after_call", ["next"])].map(
    (each) => [each.type, each],
  ),
);
const FLOW: JsonObject = {
  start: "a", start_inbound: "b",
  nodes: [{ id: "a", type: "stage", name: "A" }, { id: "b", type: "stage", name: "B" }, { id: "c", type: "end", name: "C" }, { id: "m", type: "email", name: "M" }],
  edges: [{ id: "ab", from: { node: "a" }, to: "b" }, { id: "bc", from: { node: "b", exit: "next" }, to: "c", kind: "otherwise" }],
  after_call: ["m"],
  layout: { nodes: { a: { x: 0, y: 0 }, b: { x: 0, y: 200 }, c: { x: 0, y: 400 }, m: { x: 0, y: 700 } } },
};
const flow = (document: JsonObject = FLOW) => readFlow(document);
const done = (deed: Deed, document: JsonObject = FLOW): JsonObject => {
  const applied = apply(document, deed.steps);
  expect(apply(applied.data, applied.inverse).data).toEqual(document);
  return applied.data;
};
const ways = (document: JsonObject) => flow(document).ways.map(({ source, exit, target, kind }) => `${source}.${exit}>${target} ${kind}`);
const get = (name: string): NodeType => {
  const found = CATALOGUE.get(name);
  if (!found) throw new Error(name);
  return found;
};

test("a new card has the version of its type, a place, and an id that nobody else takes at the same moment", () => {
  const deeds = [1, 2].map(() => addCard(FLOW, flow(), CATALOGUE, get("stage"), { x: 10.4, y: 20.6 }));
  expect(deeds[0]?.made).not.toEqual(deeds[1]?.made);
  const [id = ""] = deeds[0]?.made ?? [];
  const document = done(deeds[0] as Deed);
  expect(at(document, ["nodes", id])).toEqual({ id, type: "stage", v: 2, name: "stage", settings: {} });
  expect(at(document, ["layout", "nodes", id])).toEqual({ x: 10, y: 21 });
});

test("a card behind the call begins the lane, unless it stands behind one that does", () => {
  const alone = addCard(FLOW, flow(), CATALOGUE, get("email"), { x: 0, y: 0 });
  expect(flow(done(alone)).lane).toEqual(["m", ...alone.made]);
  const behind = addCard(FLOW, flow(), CATALOGUE, get("email"), { x: 0, y: 0 }, { card: "m", exit: "next" });
  expect(flow(done(behind)).lane).toEqual(["m"]);
  expect(ways(done(behind))).toContain(`m.next>${behind.made[0]} otherwise`);
});

test("a second otherwise of an exit leads the first elsewhere; behind the call there may be several", () => {
  expect(ways(done(connect(flow(), CATALOGUE, { card: "b", exit: "next" }, "a", "otherwise")))).toEqual(["a.next>b otherwise", "b.next>a otherwise"]);
  const two = done(connect(flow(), CATALOGUE, { card: "m", exit: "next" }, "a", "otherwise"));
  expect(ways(done(connect(flow(two), CATALOGUE, { card: "m", exit: "next" }, "b", "otherwise"), two))).toHaveLength(4);
  expect(connect(flow(), CATALOGUE, { card: "b", exit: "next" }, "c", "otherwise").steps).toEqual([]);
});

test("a way with a condition stands before the otherwise of its exit", () => {
  const document = done(connect(flow(), CATALOGUE, { card: "b", exit: "next" }, "a", "rule"));
  expect(ways(document)).toEqual(["a.next>b otherwise", "b.next>a rule", "b.next>c otherwise"]);
});

test("a card on a line goes on by its first exit that is not for failures", () => {
  const [way] = flow().ways;
  if (!way) throw new Error("no way");
  const deed = insertOn(FLOW, get("book"), way, { x: 0, y: 0 });
  const [id] = deed.made;
  expect(ways(done(deed))).toEqual([`a.next>${id} otherwise`, "b.next>c otherwise", `${id}.booked>b otherwise`]);
});

test("either end of a line can be led elsewhere", () => {
  const [way] = flow().ways;
  if (!way) throw new Error("no way");
  expect(ways(done(redirect(way, { card: "a", exit: "next" }, "c")))[0]).toBe("a.next>c otherwise");
  expect(ways(done(redirect(way, { card: "m", exit: "failed" }, "b")))[0]).toBe("m.failed>b otherwise");
  expect(redirect(way, { card: "a", exit: "next" }, "b").steps).toEqual([]);
});

test("cards are removed with their lines, places and entries; the card with which calls begin stays", () => {
  const document = done(remove(FLOW, flow(), ["a", "b", "m"], []));
  expect(flow(document).cards.map((each) => each.id)).toEqual(["a", "c"]);
  expect([flow(document).ways, flow(document).lane, flow(document).startInbound]).toEqual([[], [], ""]);
  expect(Object.keys(flow(document).spots)).toEqual(["a", "c"]);
  expect(ways(done(remove(FLOW, flow(), [], ["ab"])))).toEqual(["b.next>c otherwise"]);
});

test("a name, a place and the beginning are changed, and saying the same again changes nothing", () => {
  expect(at(done(rename(flow(), "b", " Booking ")), ["nodes", "b", "name"])).toBe("Booking");
  expect([rename(flow(), "b", "B").steps, rename(flow(), "b", "  ").steps]).toEqual([[], []]);
  expect(at(done(move(FLOW, { b: { x: 5, y: 6 } })), ["layout", "nodes", "b"])).toEqual({ x: 5, y: 6 });
  expect(at(done(beginWith(flow(), "b", false)), ["start"])).toBe("b");
  const { layout: _, ...bare } = FLOW;
  expect(at(done(move(bare, { b: { x: 5, y: 6 } }), bare), ["layout"])).toEqual({ nodes: { b: { x: 5, y: 6 } } });
});

test("copied cards come with fresh ids and the lines between them, and nothing else of theirs changes", () => {
  const clip = copy(FLOW, flow(), ["b", "c", "m"], flow().spots);
  const read = readClip(JSON.stringify(clip));
  if (!read) throw new Error("not read");
  expect(read.flow).toBe(String(FLOW.id ?? ""));
  const deed = paste(FLOW, read, { x: 1000, y: 0 }, (name) => CATALOGUE.get(name)?.kind ?? "");
  const [b = "", c = "", m = ""] = deed.made;
  const document = done(deed);
  expect(new Set([b, c, m, "a", "b", "c", "m"]).size).toBe(7);
  expect(ways(document).slice(2)).toEqual([`${b}.next>${c} otherwise`]);
  expect(at(document, ["nodes", b])).toEqual({ id: b, type: "stage", name: "B" });
  expect([at(document, ["layout", "nodes", b]), at(document, ["layout", "nodes", c])]).toEqual([{ x: 1000, y: 0 }, { x: 1000, y: 200 }]);
  expect(flow(document).lane).toEqual(["m", m]);
});

test.each(["", "hello", "{}", '{"format":"leadline.cards"}', '{"format":"leadline.cards","cards":[1],"edges":[],"spots":{}}', "[1,"])(
  "a clipboard with something else in it is left alone: %s",
  (text) => expect(readClip(text)).toBeUndefined(),
);

test("tidying lays the course downwards, reflexes' cards beside it and the lane below, and nothing overlaps", () => {
  const document = done(addCard(FLOW, flow(), CATALOGUE, get("stage"), { x: 0, y: 0 }));
  const spots = arranged(flow(document), new Set(["m"]), () => CARD);
  const all = Object.values(spots);
  expect(all).toHaveLength(5);
  const overlaps = all.flatMap((one, place) => all.slice(place + 1).filter((two) => Math.abs(one.x - two.x) < CARD.width && Math.abs(one.y - two.y) < CARD.height));
  expect(overlaps).toEqual([]);
  expect((spots.a?.y ?? 0) < (spots.b?.y ?? 0) && (spots.b?.y ?? 0) < (spots.c?.y ?? 0)).toBe(true);
  expect(Object.entries(spots).every(([id, spot]) => id === "m" || spot.y + CARD.height < (spots.m?.y ?? 0))).toBe(true);
});

test("a card without a place gets one beside what leads to it; the others stay", () => {
  const document = apply(FLOW, [{ do: "remove", path: ["layout", "nodes", "b"] }]).data;
  const spots = places(flow(document), new Set(["m"]), () => CARD);
  expect(spots.a).toEqual({ x: 0, y: 0 });
  expect(spots.b?.y).toBeGreaterThan(CARD.height);
  const { layout: _, ...bare } = FLOW;
  expect(Object.keys(places(flow(bare), new Set(["m"]), () => CARD))).toHaveLength(4);
});

test("a draft that is half made is shown as far as it goes", () => {
  const odd = readFlow({ nodes: [1, { id: "x" }, { name: "no id" }], edges: "none", layout: { nodes: { x: { x: "?" } } }, after_call: [3] });
  expect(odd.cards).toEqual([{ id: "x", type: "", name: "x", note: "" }]);
  expect([odd.ways, odd.spots, odd.lane, odd.start]).toEqual([[], {}, [], ""]);
});
