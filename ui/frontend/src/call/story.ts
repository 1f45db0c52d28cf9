/** What has happened in a call so far, out of the events of its journal. Pure: one event in, the next story out. */

export type Value = string | number | boolean;

/** One event of a call as the engine tells it. */
export interface CallEvent {
  readonly number: number;
  readonly kind: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Words of one side. `saying`: not all of it has been heard yet; `cut`: the caller cut in, `text` is what was heard. */
export interface Words {
  readonly id: string;
  readonly who: "agent" | "caller";
  readonly text: string;
  readonly state: "saying" | "said" | "cut";
}

/** A thing found out. `words`: what proves it. */
export interface Found {
  readonly slot: string;
  readonly value: Value;
  readonly words: string;
  readonly corrected: boolean;
}

export interface Story {
  readonly words: readonly Words[];
  readonly found: readonly Found[];
  /** The card that the talk stands on, and those it has been on. */
  readonly card: string | null;
  readonly visited: readonly string[];
  readonly disposition: string | null;
  readonly over: boolean;
  /** Number of the last event that is told here. */
  readonly number: number;
}

export const BEGINNING: Story = {
  words: [],
  found: [],
  card: null,
  visited: [],
  disposition: null,
  over: false,
  number: 0,
};

/** The story with one event more. Events that were told before change nothing. */
export function told(story: Story, event: CallEvent): Story {
  if (event.number <= story.number) return story;
  return { ...happened(story, event), number: event.number };
}

function happened(story: Story, { kind, number, facts }: CallEvent): Story {
  const text = String(facts["text"] ?? "");
  switch (kind) {
    case "agent_says":
      return say(story, { id: `agent-${String(facts["id"])}`, who: "agent", text, state: "saying" });
    case "agent_heard":
      return heard(story, `agent-${String(facts["id"])}`, text, facts["complete"] === true);
    case "caller_said":
      return say(story, { id: `caller-${number}`, who: "caller", text, state: "said" });
    case "key_pressed":
      return say(story, { id: `key-${number}`, who: "caller", text: String(facts["digit"] ?? ""), state: "said" });
    case "revised":
      return revised(story, String(facts["words"] ?? ""));
    case "slot":
      return found(story, facts);
    case "moved":
      return moved(story, String(facts["came_from"] ?? ""), String(facts["card"] ?? ""));
    case "closing":
      return { ...story, disposition: String(facts["disposition"] ?? "") || story.disposition };
    case "ended":
      return { ...story, disposition: String(facts["disposition"] ?? "") || story.disposition, over: true };
    default:
      return story;
  }
}

const say = (story: Story, words: Words): Story => ({ ...story, words: [...story.words, words] });

function heard(story: Story, id: string, text: string, complete: boolean): Story {
  const words = story.words.flatMap((each): Words[] => {
    if (each.id !== id) return [each];
    if (complete) return [{ ...each, state: "said" }];
    return text ? [{ ...each, text, state: "cut" }] : []; // cut before a sound of it was heard: it was never said
  });
  return { ...story, words };
}

function revised(story: Story, text: string): Story {
  const last = story.words.findLastIndex((each) => each.who === "caller" && each.id.startsWith("caller-"));
  const words = story.words.map((each, place) => (place === last ? { ...each, text } : each));
  return { ...story, words };
}

function found(story: Story, facts: CallEvent["facts"]): Story {
  const slot = String(facts["slot"] ?? "");
  const value = facts["value"];
  const before = story.found.find((each) => each.slot === slot);
  if (!(typeof value === "string" || typeof value === "number" || typeof value === "boolean")) {
    return before ? { ...story, found: story.found.filter((each) => each !== before) } : story;
  }
  const now: Found = {
    slot,
    value,
    words: String(facts["words"] ?? "") || before?.words || "",
    corrected: before !== undefined && (before.corrected || before.value !== value),
  };
  const rest = before ? story.found.map((each) => (each === before ? now : each)) : [...story.found, now];
  return { ...story, found: rest };
}

function moved(story: Story, from: string, card: string): Story {
  if (!card) return story;
  const visited = [...story.visited];
  for (const each of [from, card]) if (each && !visited.includes(each)) visited.push(each);
  return { ...story, card, visited };
}
