import { describe, expect, test } from "vitest";

import { EventReader } from "./event_stream";
import type { SlotWords } from "./data";
import { BEGINNING, told, type CallEvent, type Story, type Value } from "./story";
import { inWords } from "./values";

function story(...events: [string, Record<string, unknown>][]): Story {
  return events.map(([kind, facts], i): CallEvent => ({ number: i + 1, kind, facts })).reduce(told, BEGINNING);
}

test("a bubble is there as soon as the agent speaks, and says what was heard in the end", () => {
  const saying = story(["agent_says", { id: 1, text: "Hello Dana, this is Robin." }]);
  expect(saying.words).toEqual([{ id: "agent-1", who: "agent", text: "Hello Dana, this is Robin.", state: "saying" }]);
  const cut = told(saying, { number: 2, kind: "agent_heard", facts: { id: 1, text: "Hello Dana,", complete: false } });
  expect(cut.words).toEqual([{ id: "agent-1", who: "agent", text: "Hello Dana,", state: "cut" }]);
});

test("what was cut before a sound of it was heard was never said", () => {
  const never = story(["agent_says", { id: 1, text: "And" }], ["agent_heard", { id: 1, text: "", complete: false }]);
  expect(never.words).toEqual([]);
});

test("the recogniser thinks better of the caller's last words", () => {
  const { words } = story(
    ["caller_said", { text: "nine four one oh", turn: 1 }],
    ["agent_says", { id: 1, text: "Thanks." }],
    ["revised", { words: "nine four one oh seven", was: "nine four one oh", turn: 1 }],
  );
  expect(words.map((each) => each.text)).toEqual(["nine four one oh seven", "Thanks."]);
});

describe("things found out", () => {
  const zip = { slot: "zip", value: "94107", words: "nine four one oh seven" };

  test("fill, are corrected in their place, and are taken back", () => {
    const first = story(["slot", zip], ["slot", { slot: "service", value: "roof_repair", words: "the roof" }]);
    expect(first.found.map((each) => [each.slot, each.value, each.corrected])).toEqual([
      ["zip", "94107", false],
      ["service", "roof_repair", false],
    ]);
    const second = told(first, { number: 3, kind: "slot", facts: { slot: "zip", value: "94110", words: "no, one ten" } });
    expect(second.found[0]).toEqual({ slot: "zip", value: "94110", words: "no, one ten", corrected: true });
    const third = told(second, { number: 4, kind: "slot", facts: { slot: "zip", value: null } });
    expect(third.found.map((each) => each.slot)).toEqual(["service"]);
  });

  test("that are only confirmed keep the words that prove them", () => {
    const confirmed = story(["slot", zip], ["slot", { ...zip, words: "", state: "confirmed" }]);
    expect(confirmed.found).toEqual([{ ...zip, corrected: false }]);
  });
});

test("the talk moves from card to card, and each counts once as visited", () => {
  const { card, visited } = story(
    ["moved", { came_from: "start", card: "opening", why: "edge a" }],
    ["moved", { came_from: "opening", card: "needs", why: "edge b" }],
    ["moved", { came_from: "needs", card: "opening", why: "edge c" }],
  );
  expect(card).toBe("opening");
  expect(visited).toEqual(["start", "opening", "needs"]);
});

test("an event that comes twice is told once", () => {
  const event: CallEvent = { number: 7, kind: "caller_said", facts: { text: "Yes." } };
  const once = told(BEGINNING, event);
  expect(told(once, event)).toBe(once);
});

test("the end says how it came out", () => {
  const over = story(["closing", { disposition: "booked" }], ["ended", { disposition: "booked", by: "assistant" }]);
  expect([over.disposition, over.over]).toEqual(["booked", true]);
});

test("events are put together from pieces cut anywhere, comments left out", () => {
  const one = { number: 1, at_ms: 5, kind: "caller_said", facts: { text: "It’s a house" } };
  const text = `: still here\n\nid: 1\nevent: caller_said\ndata: ${JSON.stringify(one)}\n\nid: 2\r\ndata: no json\r\n\r\n`;
  const reader = new EventReader();
  const found = [...text].flatMap((piece) => reader.push(piece));
  expect(found).toEqual([{ number: 1, kind: "caller_said", facts: { text: "It’s a house" } }]);
});

describe("values", () => {
  const words = { yes: "Yes", no: "No", today: "today", tomorrow: "tomorrow", in_days: "within {count} days" };
  const slot = (type: string, choices = {}): SlotWords => ({ label: "A slot", type, choices });

  test.each<[Value, SlotWords | undefined, string]>([
    ["roof_repair", slot("choice", { roof_repair: "Roof repair" }), "Roof repair"],
    ["other: a shed", slot("choice"), "A shed"],
    [true, slot("yes_no"), "Yes"],
    [false, undefined, "No"],
    [12, slot("number"), "12"],
    [300, slot("money"), "$300"],
    [0, slot("duration"), "today"],
    [1, slot("duration"), "tomorrow"],
    [7, slot("duration"), "within 7 days"],
    ["94107", slot("zip"), "94107"],
  ])("%j is said as people say it", (value, known, said) => expect(inWords(value, known, words)).toBe(said));

  test("an appointment keeps the hour that was agreed, wherever this computer is", () => {
    expect(inWords("2026-09-16T14:00:00-07:00", slot("appointment"), words)).toMatch(/16.*14:00$/);
  });
});
