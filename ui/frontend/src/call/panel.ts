/**
 * The panel of one flow. It lives outside the page's elements: when Streamlit replaces the element that it is drawn in
 * (a busy browser makes it do that), the call goes on and the panel moves into the new one. Only when nobody shows it
 * any more for a moment, the call is over.
 */

import { Call } from "./call";
import type { Data } from "./data";
import { isBusy, isOn } from "./phase";
import { View } from "./view";

/** What the panel tells Python. */
export interface Tell {
  want(ask: string): void;
}

const MOVED_WITHIN_MS = 2_000;

export class Panel {
  private call: Call | null = null;
  private readonly view: View;
  private leaving: ReturnType<typeof setTimeout> | null = null;
  private readonly clock: ReturnType<typeof setInterval>;

  constructor(
    private data: Data,
    private tell: Tell,
    private readonly gone: () => void,
  ) {
    this.view = new View(data, {
      main: () => this.main(),
      mute: () => this.call?.mute(!this.call.muted),
      press: (digit) => this.call?.press(digit),
      playOn: (device) => this.call?.playOn(device),
    });
    this.clock = setInterval(() => this.tick(), 1_000);
    window.addEventListener("pagehide", this.closing);
    this.view.draw(null);
  }

  get element(): HTMLElement {
    return this.view.element;
  }

  /** It is drawn again, with new data, perhaps elsewhere. */
  shown(data: Data, tell: Tell): void {
    if (this.leaving) clearTimeout(this.leaving);
    this.leaving = null;
    this.data = data;
    this.tell = tell;
    this.view.update(data);
    if (data.granted) this.call?.grant(data.granted);
    if (data.denied) this.call?.deny(data.denied.ask, data.denied.sentence);
    this.view.draw(this.call);
  }

  /** Its element is taken away. */
  left(): void {
    this.leaving = setTimeout(() => {
      clearInterval(this.clock);
      window.removeEventListener("pagehide", this.closing);
      this.call?.leave();
      this.gone();
    }, MOVED_WITHIN_MS);
  }

  /** The page is closed: say so while there is time, or the engine waits for us to come back. */
  private readonly closing = (): void => this.call?.leave();

  private main(): void {
    if (this.call && (isOn(this.call.phase) || isBusy(this.call.phase))) {
      this.call.hangUp();
      return;
    }
    this.call?.leave();
    const call = new Call({
      ask: (id) => this.tell.want(id),
      drawn: () => this.draw(call),
      level: (level) => call === this.call && this.view.level(level),
      lit: (card, visited) => this.lit(card, visited),
    });
    this.call = call;
    this.lit(null, []);
    this.view.draw(call);
    void call.start();
  }

  private draw(call: Call): void {
    if (call !== this.call) return;
    if (call.phase.is === "idle") this.call = null;
    this.view.draw(this.call);
    this.tick();
    if (call.phase.is === "talking") void this.loudspeakers();
  }

  private tick(): void {
    const phase = this.call?.phase;
    this.view.tick(phase?.is === "talking" ? phase.since : null);
  }

  private known = false;

  private async loudspeakers(): Promise<void> {
    if (this.known || !("setSinkId" in AudioContext.prototype)) return;
    this.known = true;
    const devices = await navigator.mediaDevices.enumerateDevices();
    this.view.loudspeakers(devices.filter((each) => each.kind === "audiooutput"));
  }

  /** The canvas lights the card that the talk stands on. */
  private lit(card: string | null, visited: readonly string[]): void {
    const detail = { flow: this.data.flow, cards: card ? [card] : [], visited };
    window.dispatchEvent(new CustomEvent("leadline:lit", { detail }));
  }
}
