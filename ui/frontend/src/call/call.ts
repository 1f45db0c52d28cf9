/** One call from this browser, from the click to its result. It knows no page: a `watcher` is told when to draw. */

import { CallAudio, microphone, MicrophoneTrouble } from "./audio";
import type { Ending } from "./closing";
import type { Granted } from "./data";
import { follow } from "./event_stream";
import { isOn, type Phase, type Stuck } from "./phase";
import { BEGINNING, told, type Story } from "./story";
import { randomId } from "../shared/ids";

/** `ask`: a call is wanted, to be answered by `granted` or `denied`. `drawn`: something has changed. */
export interface Watcher {
  ask(id: string): void;
  drawn(): void;
  level(level: number): void;
  lit(card: string | null, visited: readonly string[]): void;
}

/** A wish that got no answer is sent again: Streamlit may drop one while it is busy. */
const ASK_AGAIN_MS = 6_000;
const GIVE_UP_MS = 20_000;
/** So much silence out of a microphone that is on looks like a wrong one. */
const SILENT_MS = 8_000;
const SILENCE = 0.003;

/** How the agent's sound arrives. `ranDry`: how often it came too late; `targetMs`: what is waited for now. */
export interface Measured {
  ranDry: number;
  targetMs: number;
}

export class Call {
  phase: Phase = { is: "asking" };
  story: Story = BEGINNING;
  muted = false;
  silent = false;
  granted: Granted | null = null;
  readonly id = randomId();
  readonly measured: Measured = { ranDry: 0, targetMs: 0 };
  private audio: CallAudio | null = null;
  private stream: MediaStream | null = null;
  private began = 0;
  private quietSince = 0;
  private readonly reading = new AbortController();
  private timers: ReturnType<typeof setTimeout>[] = [];

  constructor(private readonly watcher: Watcher) {}

  async start(): Promise<void> {
    // Who has allowed the microphone before need not be waited for: the engine makes the call ready meanwhile.
    const allowed = await alreadyAllowed();
    if (allowed) this.want();
    try {
      this.stream = await microphone();
    } catch (error) {
      const why = error instanceof MicrophoneTrouble ? error.why : "unusable";
      this.stuck(`microphone_${why}`);
      return;
    }
    if (this.phase.is !== "asking") return this.letGo();
    this.go({ is: "preparing" });
    if (!allowed) this.want();
    try {
      this.audio = await CallAudio.prepare(this.stream, {
        opened: (again) => this.opened(again),
        away: () => this.go({ is: "away", since: performance.now() }),
        level: (level) => this.heard(level),
        ranDry: (times, targetMs) => Object.assign(this.measured, { ranDry: times, targetMs }),
        microphoneGone: () => this.heard(0),
        closed: (how) => this.closed(how),
      });
    } catch {
      this.stuck("microphone_unusable");
      return;
    }
    this.connect();
  }

  /** The engine has made the call ready. */
  grant(granted: Granted): void {
    if (granted.ask !== this.id || this.granted) return;
    this.granted = granted;
    this.connect();
  }

  /** The engine will not hold it; `sentence` says why. */
  deny(ask: string, sentence: string): void {
    if (ask === this.id && !this.granted && this.phase.is !== "stuck") this.stuck("engine", sentence);
  }

  mute(muted: boolean): void {
    this.muted = muted;
    this.silent = false;
    this.quietSince = performance.now();
    this.audio?.mute(muted);
    this.watcher.drawn();
  }

  press(digit: string): void {
    this.audio?.press(digit);
  }

  playOn(device: string): void {
    void this.audio?.playOn(device).catch(() => undefined);
  }

  hangUp(): void {
    if (isOn(this.phase)) this.closed("hung_up");
    else if (this.phase.is === "asking" || this.phase.is === "preparing") {
      this.letGo();
      this.go({ is: "idle" });
    }
  }

  /** For good: nobody looks any more. */
  leave(): void {
    this.hangUp();
    this.reading.abort();
  }

  private want(): void {
    this.watcher.ask(this.id);
    this.timers.push(
      setTimeout(() => !this.granted && this.watcher.ask(this.id), ASK_AGAIN_MS),
      setTimeout(() => !this.granted && ["asking", "preparing"].includes(this.phase.is) && this.stuck("no_answer"), GIVE_UP_MS),
    );
  }

  private connect(): void {
    if (!this.granted || !this.audio || this.phase.is !== "preparing") return;
    this.go({ is: "connecting" });
    this.audio.open(this.granted);
    const { events, watch } = this.granted;
    void follow(events, watch, this.reading.signal, (event) => this.happened(told(this.story, event)));
  }

  private opened(again: boolean): void {
    const now = performance.now();
    this.quietSince = now;
    if (!again) this.began = now;
    this.go({ is: "talking", since: this.began });
  }

  private heard(level: number): void {
    this.watcher.level(this.muted ? 0 : level);
    const now = performance.now();
    if (level > SILENCE || this.muted) this.quietSince = now;
    const silent = this.phase.is === "talking" && now - this.quietSince > SILENT_MS;
    if (silent === this.silent) return;
    this.silent = silent;
    this.watcher.drawn();
  }

  private happened(story: Story): void {
    if (story === this.story) return;
    const lit = story.card !== this.story.card;
    this.story = story;
    if (lit) this.watcher.lit(this.phase.is === "ended" ? null : story.card, story.visited);
    this.watcher.drawn();
  }

  private closed(how: Ending): void {
    if (!isOn(this.phase)) return;
    if (this.phase.is === "connecting" && how === "lost") {
      this.stuck("no_answer");
      return;
    }
    const seconds = this.began ? (performance.now() - this.began) / 1000 : 0;
    this.letGo();
    this.go({ is: "ended", how, seconds });
    this.watcher.lit(null, this.story.visited);
  }

  private stuck(why: Stuck, detail = ""): void {
    this.letGo();
    this.reading.abort();
    this.go({ is: "stuck", why, detail });
  }

  private letGo(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.audio?.stop();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.watcher.level(0);
  }

  private go(phase: Phase): void {
    this.phase = phase;
    this.watcher.drawn();
  }
}

async function alreadyAllowed(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: "microphone" as PermissionName })).state === "granted";
  } catch {
    return false; // this browser cannot tell
  }
}
