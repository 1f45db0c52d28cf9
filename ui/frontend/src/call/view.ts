/** The panel on the page. It draws what a `Call` is, and passes on what is clicked; it decides nothing. */

import type { Call } from "./call";
import { Captions } from "./captions";
import type { Data } from "./data";
import { h, say, show } from "../shared/dom";
import { icon } from "./icons";
import { Findings } from "./findings";
import { elapsed, isBusy, isOn, type Phase } from "./phase";
import { plain } from "./values";

export interface Clicks {
  main(): void;
  mute(): void;
  press(digit: string): void;
  playOn(device: string): void;
}

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const LEVEL_STEPS = 14;

export class View {
  readonly element: HTMLElement;
  private readonly main: HTMLButtonElement;
  private readonly mainText = h("span");
  private readonly mainIcon = h("span", { class: "icon" });
  private readonly state = h("span", { class: "state", role: "status" });
  private readonly clock = h("span", { class: "clock", "aria-hidden": "true" });
  private readonly meter = h("span", { class: "meter", "aria-hidden": "true" });
  private readonly muteIcon = h("span", { class: "icon" });
  private readonly mute: HTMLButtonElement;
  private readonly keypad: HTMLButtonElement;
  private readonly keys: HTMLElement;
  private readonly tools: HTMLElement;
  private readonly devices: HTMLSelectElement;
  private readonly notice = h("p", { class: "notice", role: "alert" });
  private readonly hint = h("p", { class: "hint" });
  private readonly body: HTMLElement;
  private readonly result: HTMLElement;
  private readonly outcome = h("strong");
  private readonly ending = h("span");
  private readonly page = h("a", { target: "_top" });
  private captions!: Captions;
  private findings!: Findings;
  private drawnFor: Call | null = null;
  private mainShows = "";

  constructor(
    private data: Data,
    private readonly clicks: Clicks,
  ) {
    this.main = h("button", { type: "button", class: "main", onclick: clicks.main }, this.mainIcon, this.mainText);
    this.mute = h("button", { type: "button", class: "tool", onclick: clicks.mute }, this.muteIcon);
    this.keypad = h("button", { type: "button", class: "tool", "aria-expanded": "false", onclick: () => this.keysShown() });
    this.keypad.append(icon("keypad"));
    this.devices = h("select", { class: "devices" });
    this.devices.addEventListener("change", () => clicks.playOn(this.devices.value));
    this.keys = h("div", { class: "keys", role: "group" }, ...KEYS.map((key) => this.key(key)));
    this.tools = h("div", { class: "tools" }, this.meter, this.mute, this.keypad, this.devices);
    for (let step = 0; step < LEVEL_STEPS; step++) this.meter.append(h("i"));
    this.body = h("div", { class: "body" });
    this.result = h("div", { class: "result" }, h("p", {}, this.outcome, this.ending), this.page);
    const where = h("div", { class: "where" }, this.state, this.clock);
    const bar = h("div", { class: "bar" }, this.main, where, this.tools);
    this.element = h("section", { class: "call" }, bar, this.hint, this.notice, this.keys, this.result, this.body);
    this.keys.hidden = true;
    this.name();
    this.fresh(null);
  }

  /** New words or labels from Python. */
  update(data: Data): void {
    this.data = data;
    this.name();
  }

  draw(call: Call | null): void {
    if (call !== this.drawnFor) this.fresh(call);
    const phase: Phase = call?.phase ?? { is: "idle" };
    const on = isOn(phase);
    this.element.dataset["phase"] = phase.is;
    this.element.dataset["ranDry"] = String(call?.measured.ranDry ?? 0);
    this.button(on || isBusy(phase), phase.is === "ended" || phase.is === "stuck");
    say(this.state, this.stateOf(phase, call?.muted ?? false));
    show(this.clock, on && phase.is !== "connecting");
    show(this.tools, on);
    if (!on) this.keysShown(false);
    this.muted(call?.muted ?? false);
    say(this.hint, this.hintOf(phase, call));
    show(this.hint, this.hint.textContent !== "");
    say(this.notice, this.noticeOf(phase));
    show(this.notice, this.notice.textContent !== "");
    show(this.body, call !== null && (on || phase.is === "ended"));
    this.ended(phase, call);
    if (!call) return;
    this.captions.draw(call.story.words);
    this.findings.draw(call.story.found);
  }

  /** Once a second: the length of the call. */
  tick(since: number | null): void {
    say(this.clock, since === null ? "" : elapsed(performance.now() - since));
  }

  level(level: number): void {
    const lit = Math.round(Math.min(1, Math.sqrt(level)) * LEVEL_STEPS);
    [...this.meter.children].forEach((bar, place) => bar.classList.toggle("on", place < lit));
  }

  /** Loudspeakers to choose from; one alone is no choice. */
  loudspeakers(devices: readonly MediaDeviceInfo[]): void {
    const options = devices.map((each, place) => {
      const name = each.label || `${this.words("loudspeaker")} ${place + 1}`;
      return h("option", { value: each.deviceId }, name);
    });
    this.devices.replaceChildren(...options);
    show(this.devices, options.length > 1);
  }

  private fresh(call: Call | null): void {
    this.drawnFor = call;
    const names = { agent: this.data.agent || this.words("agent"), caller: this.words("you") };
    this.captions = new Captions(names, this.words("interrupted"), this.words("captions"));
    this.findings = new Findings(this.data);
    this.body.replaceChildren(this.captions.element, this.findings.element);
    show(this.devices, false);
  }

  private name(): void {
    this.element.setAttribute("aria-label", this.words("title"));
    this.keys.setAttribute("aria-label", this.words("keypad"));
    this.keypad.setAttribute("aria-label", this.words("keypad"));
    this.keypad.title = this.words("keypad");
    this.devices.setAttribute("aria-label", this.words("loudspeaker"));
    say(this.page, this.words("open_page"));
  }

  private button(hangsUp: boolean, again: boolean): void {
    const shows = hangsUp ? "hang_up" : again ? "again" : "start";
    if (shows === this.mainShows) return;
    this.mainShows = shows;
    this.main.classList.toggle("hangs-up", hangsUp);
    this.mainIcon.replaceChildren(icon(hangsUp ? "hangUp" : "call"));
    say(this.mainText, this.words(shows));
  }

  private muted(muted: boolean): void {
    if (this.mute.getAttribute("aria-pressed") === String(muted)) return;
    this.mute.setAttribute("aria-pressed", String(muted));
    this.mute.setAttribute("aria-label", this.words("mute"));
    this.mute.title = this.words(muted ? "unmute" : "mute");
    this.muteIcon.replaceChildren(icon(muted ? "muted" : "microphone"));
  }

  private keysShown(shown = this.keys.hidden === true): void {
    show(this.keys, shown);
    this.keypad.setAttribute("aria-expanded", String(shown));
  }

  private key(digit: string): HTMLButtonElement {
    return h("button", { type: "button", onclick: () => this.clicks.press(digit) }, digit);
  }

  private stateOf(phase: Phase, muted: boolean): string {
    if (phase.is === "talking" && muted) return this.words("state_muted");
    return this.words(`state_${phase.is}`);
  }

  private hintOf(phase: Phase, call: Call | null): string {
    if (phase.is === "idle") return this.words("hint_idle");
    if (phase.is === "asking") return this.words("hint_asking");
    return call?.silent && phase.is === "talking" ? this.words("hint_silent") : "";
  }

  private noticeOf(phase: Phase): string {
    if (phase.is === "stuck") return phase.detail || this.words(`stuck_${phase.why}`);
    return phase.is === "away" ? this.words("away") : "";
  }

  private ended(phase: Phase, call: Call | null): void {
    show(this.result, phase.is === "ended");
    if (phase.is !== "ended" || !call) return;
    const { disposition } = call.story;
    say(this.outcome, disposition ? (this.data.outcomes[disposition] ?? plain(disposition)) : "");
    const how = this.words(`ending_${phase.how}`);
    say(this.ending, `${how} ${this.words("length").replace("{length}", elapsed(1000 * phase.seconds))}`);
    if (call.granted) this.page.href = call.granted.page;
  }

  private words(name: string): string {
    return this.data.texts[name] ?? name;
  }
}
