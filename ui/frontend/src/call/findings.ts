/** Things to find out, filling while the call goes on, each with the words that prove it. */

import type { Data } from "./data";
import { h, say } from "../shared/dom";
import type { Found } from "./story";
import { inWords, plain } from "./values";

interface Row {
  readonly row: HTMLElement;
  readonly value: HTMLElement;
  readonly proof: HTMLElement;
}

export class Findings {
  readonly element: HTMLElement;
  private readonly list = h("dl");
  private readonly count = h("span", { class: "count" });
  private readonly rows = new Map<string, Row>();

  constructor(private data: Data) {
    const title = h("h4", {}, this.words("found"), this.count);
    this.element = h("section", { class: "found", "aria-label": this.words("found") }, title, this.list);
    for (const slot of Object.keys(data.slots)) this.row(slot);
  }

  draw(found: readonly Found[]): void {
    const known = new Map(found.map((each) => [each.slot, each]));
    for (const slot of known.keys()) this.row(slot);
    say(this.count, ` ${found.length}/${this.rows.size}`);
    for (const [slot, { row, value, proof }] of this.rows) {
      const each = known.get(slot);
      row.className = each ? (each.corrected ? "known corrected" : "known") : "open";
      say(value, each ? inWords(each.value, this.data.slots[slot], this.data.texts) : "–");
      say(proof, each?.words ? `“${each.words}”` : "");
    }
  }

  private row(slot: string): void {
    if (this.rows.has(slot)) return;
    const value = h("span", { class: "value" });
    const proof = h("span", { class: "proof" });
    const row = h("div", {}, h("dt", {}, this.data.slots[slot]?.label || plain(slot)), h("dd", {}, value, proof));
    this.list.append(row);
    this.rows.set(slot, { row, value, proof });
  }

  private words(name: string): string {
    return this.data.texts[name] ?? name;
  }
}
