/** What is said, as bubbles. Each stays the same element while its words change, so that nothing is read aloud twice. */

import { h, say } from "../shared/dom";
import type { Words } from "./story";

export class Captions {
  readonly element: HTMLOListElement;
  private readonly shown = new Map<string, { item: HTMLLIElement; text: HTMLElement; note: HTMLElement }>();

  constructor(
    private readonly names: Readonly<Record<Words["who"], string>>,
    private readonly cut: string,
    label: string,
  ) {
    this.element = h("ol", { class: "words", role: "log", "aria-live": "polite", "aria-label": label, tabindex: "0" });
  }

  draw(words: readonly Words[]): void {
    const atTheEnd = this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight < 60;
    const ids = new Set(words.map((each) => each.id));
    for (const [id, { item }] of this.shown) {
      if (ids.has(id)) continue;
      item.remove();
      this.shown.delete(id);
    }
    let before: Words["who"] | null = null;
    for (const each of words) {
      this.bubble(each, each.who === before);
      before = each.who;
    }
    // Who has scrolled back to read something is left there.
    if (atTheEnd) this.element.scrollTop = this.element.scrollHeight;
  }

  private bubble(words: Words, follows: boolean): void {
    let bubble = this.shown.get(words.id);
    if (!bubble) {
      const text = h("span", { class: "text" });
      const note = h("span", { class: "note" });
      const item = h("li", {}, h("span", { class: "who" }, this.names[words.who]), text, note);
      bubble = { item, text, note };
      this.shown.set(words.id, bubble);
      this.element.append(item);
    }
    bubble.item.className = `${words.who} ${words.state}${follows ? " follows" : ""}`;
    say(bubble.text, words.text);
    say(bubble.note, words.state === "cut" ? this.cut : "");
  }
}
