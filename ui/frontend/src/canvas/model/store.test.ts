import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { equal, type JsonObject } from "../../shared/json";
import { engineOf, fine, House, valueAt, type Weather } from "../testing/house";
import { at } from "./protocol";
import { FlowStore } from "./store";
import { Unsent, type Storage } from "./unsent";

const FLOW: JsonObject = {
  name: "Roofs",
  nodes: [
    { id: "a", name: "A", note: "" },
    { id: "b", name: "B", note: "" },
  ],
  edges: [{ id: "e", from: { node: "a" }, to: "b" }],
};

function memory(): Storage {
  const kept = new Map<string, string>();
  return {
    get length() {
      return kept.size;
    },
    key: (place) => [...kept.keys()][place] ?? null,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, text) => void kept.set(key, text),
    removeItem: (key) => void kept.delete(key),
  };
}

function open(
  house: House,
  { client = "me", weather = fine, storage = memory(), window = client }: { client?: string; weather?: Weather; storage?: Storage; window?: string } = {},
) {
  const sky = { now: weather };
  let count = 0;
  const unsent = new Unsent(storage, "f", window, Date.now);
  const store = new FlowStore(engineOf(house, client, () => sky.now), unsent, client, () => `${window}${Date.now()}-${(count += 1)}`);
  store.attach();
  return { store, sky, storage };
}

const rename = (id: string, value: string, was?: string) => ({ do: "put" as const, path: ["nodes", id, "name"], value, ...(was !== undefined && { was }) });
const nameOf = (store: FlowStore, id: string) => at(store.local, ["nodes", id, "name"]);
const label = (of: string) => `Undo: ${of}`;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("the draft is read, an edit is seen at once and stored within a moment", async () => {
  const house = new House(FLOW);
  const { store } = open(house);
  expect(store.status).toBe("loading");
  await vi.advanceTimersByTimeAsync(50);
  store.edit("Rename", [rename("a", "Opening")]);
  expect(nameOf(store, "a")).toBe("Opening");
  expect(store.status).toBe("saving");
  await vi.advanceTimersByTimeAsync(100);
  expect(valueAt(house, ["nodes", "a", "name"])).toBe("Opening");
  expect(store.status).toBe("saved");
});

test("a slow save never replaces what was typed meanwhile", async () => {
  const house = new House(FLOW);
  const { store } = open(house, { weather: () => ({ delay: 250 }) });
  await vi.advanceTimersByTimeAsync(600);
  for (const text of ["O", "Op", "Ope", "Open", "Opening"]) {
    store.edit("Type", [rename("a", text)]);
    await vi.advanceTimersByTimeAsync(130);
    expect(nameOf(store, "a")).toBe(text);
  }
  await vi.advanceTimersByTimeAsync(3000);
  expect(valueAt(house, ["nodes", "a", "name"])).toBe("Opening");
  expect(store.status).toBe("saved");
});

test("an answer that got lost is asked for again, and the edit is stored once", async () => {
  const house = new House(FLOW);
  const { store, sky } = open(house);
  await vi.advanceTimersByTimeAsync(50);
  sky.now = () => ({ delay: 5, lost: "answer" });
  store.edit("Add", [{ do: "insert", path: ["nodes"], value: { id: "c", name: "C" } }]);
  await vi.advanceTimersByTimeAsync(200);
  expect(store.status).toBe("retrying");
  sky.now = fine;
  await vi.advanceTimersByTimeAsync(3000);
  expect(store.status).toBe("saved");
  expect(house.log).toHaveLength(1);
});

test("without a network nothing is called saved; with it everything is stored in order", async () => {
  const house = new House(FLOW);
  const { store, sky } = open(house);
  await vi.advanceTimersByTimeAsync(50);
  sky.now = () => ({ delay: 5, lost: "request" });
  for (let turn = 0; turn < 60; turn += 1) {
    store.edit("Rename", [rename("a", `name ${turn}`)]);
    await vi.advanceTimersByTimeAsync(200);
  }
  expect(store.status).toBe("retrying");
  expect(store.unsaved).toBe(60);
  sky.now = fine;
  store.again();
  await vi.advanceTimersByTimeAsync(500);
  expect(store.status).toBe("saved");
  expect(house.log.map((each) => (each.steps[0] as { value: string }).value)).toEqual(Array.from({ length: 60 }, (_, turn) => `name ${turn}`));
});

test("what was not stored survives a reload and is sent then", async () => {
  const house = new House(FLOW);
  const { store, sky, storage } = open(house);
  await vi.advanceTimersByTimeAsync(50);
  sky.now = () => ({ delay: 5, lost: "request" });
  store.edit("Rename", [rename("b", "Goodbye")]);
  await vi.advanceTimersByTimeAsync(200);
  const { store: reloaded } = open(house, { storage });
  await vi.advanceTimersByTimeAsync(100);
  expect(nameOf(reloaded, "b")).toBe("Goodbye");
  expect(valueAt(house, ["nodes", "b", "name"])).toBe("Goodbye");
  expect(storage.length).toBe(0);
});

test("what a closed window left behind is sent by the next one, what a living one holds is left to it", async () => {
  const house = new House(FLOW);
  const { store, sky, storage } = open(house, { window: "one" });
  await vi.advanceTimersByTimeAsync(50);
  sky.now = () => ({ delay: 5, lost: "request" });
  store.edit("Rename", [rename("b", "Goodbye")]);
  open(house, { storage, window: "two" });
  await vi.advanceTimersByTimeAsync(100);
  expect(house.log).toHaveLength(0);
  vi.setSystemTime(Date.now() + 60_000);
  open(house, { storage, window: "three" });
  await vi.advanceTimersByTimeAsync(100);
  expect(valueAt(house, ["nodes", "b", "name"])).toBe("Goodbye");
});

test("what was taken over from a closed window survives once more, should this one close before it is sent", async () => {
  const house = new House(FLOW);
  const storage = memory();
  new Unsent(storage, "f", "one", () => 0).keep([{ id: "left", label: "Rename", steps: [rename("b", "Goodbye")] }]);
  open(house, { storage, window: "two", weather: () => ({ delay: 5, lost: "request" }) });
  await vi.advanceTimersByTimeAsync(100);
  const again = new Unsent(storage, "f", "two", Date.now);
  expect(again.takeUp().map((each) => each.id)).toEqual(["left"]);
});

test("two people who change different cards keep both edits", async () => {
  const house = new House(FLOW);
  const [{ store: anna }, { store: ben }] = [open(house, { client: "anna" }), open(house, { client: "ben" })];
  await vi.advanceTimersByTimeAsync(50);
  anna.edit("Rename", [rename("a", "Anna", "A")]);
  ben.edit("Rename", [rename("b", "Ben", "B")]);
  await vi.advanceTimersByTimeAsync(5000);
  for (const store of [anna, ben]) expect([nameOf(store, "a"), nameOf(store, "b"), store.status]).toEqual(["Anna", "Ben", "saved"]);
});

test.each([
  ["mine", "Ben"],
  ["theirs", "Anna"],
] as const)("two people who change one field get a choice: %s", async (whose, kept) => {
  const house = new House(FLOW);
  const [{ store: anna }, { store: ben }] = [open(house, { client: "anna" }), open(house, { client: "ben" })];
  await vi.advanceTimersByTimeAsync(50);
  anna.edit("Rename", [rename("a", "Anna", "A")]);
  ben.edit("Rename", [rename("a", "Ben", "A"), { do: "put", path: ["nodes", "b", "note"], value: "mine alone" }]);
  await vi.advanceTimersByTimeAsync(5000);
  const [loser, winner] = ben.choice ? [ben, anna] : [anna, ben];
  expect(loser).toBe(ben);
  expect(loser.status).toBe("conflict");
  expect(loser.choice?.conflicts[0]).toMatchObject({ kind: "changed", yours: "Ben", theirs: "Anna" });
  ben.decide(whose);
  await vi.advanceTimersByTimeAsync(5000);
  for (const store of [ben, winner]) expect([nameOf(store, "a"), at(store.local, ["nodes", "b", "note"])]).toEqual([kept, "mine alone"]);
  expect(ben.status).toBe("saved");
});

test.each([
  ["mine", "wording", 2],
  ["theirs", undefined, 1],
] as const)("a card that somebody removed while another one worked on it: %s", async (whose, note, cards) => {
  const house = new House(FLOW);
  const [{ store: anna }, { store: ben, sky }] = [open(house, { client: "anna" }), open(house, { client: "ben" })];
  await vi.advanceTimersByTimeAsync(50);
  sky.now = () => ({ delay: 5, lost: "request" });
  ben.edit("Note", [{ do: "put", path: ["nodes", "b", "note"], value: "wording" }]);
  anna.edit("Remove", [{ do: "remove", path: ["edges", "e"] }, { do: "remove", path: ["nodes", "b"] }]);
  await vi.advanceTimersByTimeAsync(2500);
  sky.now = fine;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(ben.choice?.conflicts[0]?.kind).toBe("gone");
  ben.decide(whose);
  await vi.advanceTimersByTimeAsync(5000);
  expect(at(house.document, ["nodes", "b", "note"])).toBe(note);
  expect(house.document.nodes).toHaveLength(cards);
  expect(house.document.edges).toHaveLength(cards - 1);
});

test("a hundred edits are undone and redone exactly", async () => {
  const house = new House(FLOW);
  const { store } = open(house);
  await vi.advanceTimersByTimeAsync(50);
  for (let turn = 0; turn < 200; turn += 1) {
    store.edit("Add", [{ do: "insert", path: ["nodes"], value: { id: `n${turn}`, name: "N" }, before: "b" }, rename("a", `A${turn}`)]);
    if (turn % 7 === 0) await vi.advanceTimersByTimeAsync(60);
  }
  const full = store.local;
  for (let turn = 0; turn < 200; turn += 1) store.undo(label);
  expect(equal(store.local, FLOW)).toBe(true);
  for (let turn = 0; turn < 200; turn += 1) store.redo(label);
  expect(equal(store.local, full)).toBe(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(equal(house.document, full)).toBe(true);
  expect(store.status).toBe("saved");
});

test("undo covers the same person's edits in the forms, and nobody else's", async () => {
  const house = new House(FLOW);
  const { store } = open(house);
  await vi.advanceTimersByTimeAsync(50);
  house.store("me", house.revision, [{ id: "form-1", label: "Name", steps: [rename("a", "From the form")] }]);
  house.store("other", house.revision, [{ id: "theirs", label: "Name", steps: [rename("b", "Theirs")] }]);
  await vi.advanceTimersByTimeAsync(2500);
  expect(nameOf(store, "a")).toBe("From the form");
  store.undo(label);
  store.undo(label);
  await vi.advanceTimersByTimeAsync(2500);
  expect([nameOf(store, "a"), nameOf(store, "b")]).toEqual(["A", "Theirs"]);
});

test("undo takes nothing away that somebody else has written since", async () => {
  const house = new House(FLOW);
  const { store } = open(house);
  await vi.advanceTimersByTimeAsync(50);
  store.edit("Rename", [rename("a", "Mine")]);
  await vi.advanceTimersByTimeAsync(100);
  house.store("other", house.revision, [{ id: "theirs", label: "Name", steps: [rename("a", "Theirs")] }]);
  await vi.advanceTimersByTimeAsync(2500);
  store.undo(label);
  expect(nameOf(store, "a")).toBe("Theirs");
  expect(store.notice?.name).toBe("undo_blocked");
});

test("an edit that can never be stored is named and given up; those around it are stored", async () => {
  const house = new House(FLOW);
  const { store, sky } = open(house);
  await vi.advanceTimersByTimeAsync(50);
  sky.now = () => ({ delay: 5, lost: "request" });
  store.edit("One", [rename("a", "One")]);
  store.edit("Bad", [{ do: "insert", path: ["nodes"], value: { id: "c", name: "C" } }]);
  store.edit("Two", [rename("b", "Two")]);
  house.store("other", 0, [{ id: "theirs", label: "", steps: [{ do: "insert", path: ["nodes"], value: { id: "c", name: "taken" } }] }]);
  sky.now = fine;
  await vi.advanceTimersByTimeAsync(3000);
  expect(store.notice?.name).toBe("refused");
  expect([nameOf(store, "a"), nameOf(store, "b"), nameOf(store, "c")]).toEqual(["One", "Two", "taken"]);
  expect(store.status).toBe("saved");
});

test("an expired ticket keeps the edits until a new one comes; without one the login is said to be over", async () => {
  const house = new House(FLOW);
  const { store } = open(house);
  await vi.advanceTimersByTimeAsync(50);
  house.barred = { kind: "expired" };
  store.edit("Rename", [rename("a", "Kept")]);
  await vi.advanceTimersByTimeAsync(200);
  expect(store.status).toBe("expired");
  await vi.advanceTimersByTimeAsync(20_000);
  expect([store.status, nameOf(store, "a"), store.unsaved]).toEqual(["ended", "Kept", 1]);
  house.barred = undefined;
  store.again();
  await vi.advanceTimersByTimeAsync(500);
  expect([store.status, valueAt(house, ["nodes", "a", "name"])]).toEqual(["saved", "Kept"]);
});

test("a right that is taken away is told in the engine's words, and nothing is sent any more", async () => {
  const house = new House(FLOW);
  const { store } = open(house);
  await vi.advanceTimersByTimeAsync(50);
  house.barred = { kind: "gone", sentence: "Viewers may look only." };
  store.edit("Rename", [rename("a", "X")]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect([store.status, store.sentence]).toEqual(["gone", "Viewers may look only."]);
  expect(house.requests.filter((each) => each.startsWith("send"))).toHaveLength(1);
});

test("nothing can be changed in a flow that is read-only", async () => {
  const house = new House(FLOW);
  house.readOnly = true;
  const { store } = open(house);
  await vi.advanceTimersByTimeAsync(50);
  expect(store.edit("Rename", [rename("a", "X")])).toBe(false);
  expect(nameOf(store, "a")).toBe("A");
});

test.each(Array.from({ length: 12 }, (_, seed) => seed))("two busy windows on a bad network end with one document (seed %i)", async (seed) => {
  let state = seed + 1;
  const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
  const house = new House(FLOW);
  const bad: Weather = () => {
    const lost = random(10);
    return { delay: random(400), ...(lost === 0 && { lost: "request" as const }), ...(lost === 1 && { lost: "answer" as const }) };
  };
  const windows = ["one", "two"].map((client) => open(house, { client, weather: bad }));
  await vi.advanceTimersByTimeAsync(20_000);
  for (let turn = 0; turn < 60; turn += 1) {
    const { store } = windows[random(2)]!;
    const cards = (store.local.nodes as { id: string }[]).map((each) => each.id);
    const id = cards[random(cards.length)] ?? "a";
    const what = random(6);
    if (what === 0) store.edit("Add", [{ do: "insert", path: ["nodes"], value: { id: `n${seed}-${turn}`, name: "N" }, before: id }]);
    else if (what === 1 && cards.length > 2) store.edit("Remove", [{ do: "remove", path: ["nodes", id] }]);
    else if (what === 2) store.edit("Move", [{ do: "move", path: ["nodes", id], before: cards[0] ?? null }]);
    else if (what === 3) store.undo(label);
    else store.edit("Rename", [rename(id, `t${turn}`, String(nameOf(store, id)))]);
    await vi.advanceTimersByTimeAsync(random(900));
    for (const each of windows) if (each.store.choice && random(2)) each.store.decide(random(2) ? "mine" : "theirs");
  }
  for (const each of windows) each.sky.now = fine;
  for (let round = 0; round < 30; round += 1) {
    await vi.advanceTimersByTimeAsync(5_000);
    for (const each of windows) if (each.store.choice) each.store.decide("mine");
  }
  for (const { store } of windows) {
    expect(store.status).toBe("saved");
    expect(equal(store.local, house.document)).toBe(true);
  }
});
