// The keyboard. Everything the mouse can do has a way here, and nothing fires while somebody types.
import { useEffect } from "react";

import type { Flow, Spot } from "../model/flow";
import type { Actions } from "./actions";
import type { Ask } from "./board";

export interface Keys {
  readonly root: React.RefObject<HTMLElement | null>;
  readonly act: Actions;
  readonly flow: () => Flow;
  readonly spots: () => Readonly<Record<string, Spot>>;
  readonly exits: (card: string) => readonly { readonly name: string }[];
  readonly problems: (card: string) => boolean;
  readonly readOnly: boolean;
  readonly ask: (question: Ask | undefined) => void;
  readonly select: (cards: readonly string[], ways: readonly string[]) => void;
}

const STEP = 20;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

export function useKeyboard(keys: Keys): void {
  useEffect(() => {
    const { root } = keys;
    const element = root.current;
    if (!element) return undefined;
    const press = (event: KeyboardEvent) => {
      if (!isTyping(event) && handle(event, keys)) {
        event.preventDefault();
        event.stopPropagation();
      }
    };
    // A text box of a form reports when it loses the keyboard; choosing another card must not swallow what was typed.
    const blur = () => {
      const focused = document.activeElement;
      if (focused instanceof HTMLElement && !focused.contains(rootHost(element)) && focused !== rootHost(element)) focused.blur();
    };
    element.addEventListener("keydown", press);
    element.addEventListener("pointerdown", blur, true);
    return () => {
      element.removeEventListener("keydown", press);
      element.removeEventListener("pointerdown", blur, true);
    };
  }, [keys]);
}

/** The element of the page that holds the component's shadow root. */
function rootHost(element: HTMLElement): Element {
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? root.host : element;
}

function isTyping(event: Event): boolean {
  const target = event.composedPath()[0];
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

function handle(event: KeyboardEvent, keys: Keys): boolean {
  if (event.ctrlKey || event.metaKey) return !event.altKey && withControl(event, keys);
  const arrow = ARROWS[event.key];
  const card = focusedCard(event);
  if (arrow) return event.altKey ? nudge(arrow, keys) : card !== undefined && walk(card, arrow, keys);
  if (event.altKey) return false;
  return plain(event, card, keys);
}

function withControl(event: KeyboardEvent, { act, ask, select, flow, readOnly }: Keys): boolean {
  switch (event.key.toLowerCase()) {
    case "k":
      ask({ kind: "find" });
      return true;
    case "c":
      void act.copy();
      return true;
    case "a":
      select(flow().cards.map((each) => each.id), []);
      return true;
  }
  if (readOnly) return false;
  switch (event.key.toLowerCase()) {
    case "z":
      if (event.shiftKey) act.redo();
      else act.undo();
      return true;
    case "y":
      act.redo();
      return true;
    case "x":
      void act.copy(true);
      return true;
    case "v":
      void act.paste();
      return true;
    case "d":
      act.duplicate();
      return true;
  }
  return false;
}

function plain(event: KeyboardEvent, card: string | undefined, { act, ask, select, exits, problems, readOnly }: Keys): boolean {
  switch (event.key) {
    case "Enter":
    case " ":
      if (card === undefined) return false;
      select([card], []);
      return true;
    case "Escape":
      ask(undefined);
      select([], []);
      return true;
    case "?":
      ask({ kind: "help" });
      return true;
    case "p":
    case "P":
      ask({ kind: "problems", at: undefined, card: card !== undefined && problems(card) ? card : undefined });
      return true;
  }
  if (readOnly) return false;
  switch (event.key) {
    case "Delete":
    case "Backspace":
      act.remove(act.chosenCards(), act.chosenWays());
      return true;
    case "a":
    case "A":
      if (card !== undefined) select([card], []);
      ask({ kind: "add" });
      return true;
    case "c":
    case "C": {
      const from = card ?? act.chosenCards()[0];
      const ways = from === undefined ? [] : exits(from);
      if (from === undefined || ways.length === 0) return false;
      ask(ways.length === 1 ? { kind: "target", from: { card: from, exit: ways[0]?.name ?? "" } } : { kind: "exit", card: from });
      return true;
    }
  }
  return false;
}

function focusedCard(event: Event): string | undefined {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return undefined;
  return target.closest<HTMLElement>(".react-flow__node-card")?.dataset.id;
}

/** To the nearest card in a direction; what lies straight ahead counts more than what lies aside. */
function walk(from: string, [dx, dy]: readonly [number, number], { act, spots }: Keys): boolean {
  const all = spots();
  const here = all[from];
  if (!here) return false;
  const found = Object.entries(all)
    .map(([id, spot]) => {
      const ahead = (spot.x - here.x) * dx + (spot.y - here.y) * dy;
      const aside = Math.abs((spot.x - here.x) * dy) + Math.abs((spot.y - here.y) * dx);
      return { id, ahead, cost: ahead + aside * 2 };
    })
    .filter((each) => each.id !== from && each.ahead > 1)
    .sort((left, right) => left.cost - right.cost)[0];
  if (found) act.goTo(found.id);
  return true;
}

function nudge([dx, dy]: readonly [number, number], { act, spots, readOnly }: Keys): boolean {
  const all = spots();
  const moved = act.chosenCards().flatMap((id) => {
    const spot = all[id];
    return spot ? [[id, { x: spot.x + dx * STEP, y: spot.y + dy * STEP }] as const] : [];
  });
  if (moved.length === 0 || readOnly) return false;
  act.moved(Object.fromEntries(moved));
  return true;
}
