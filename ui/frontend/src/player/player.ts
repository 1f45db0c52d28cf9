/** The recording of a call and its words: either leads to the other. */

import { h, say, show } from "../shared/dom";
import type { Data } from "./data";
import { clock, lineAt } from "./moments";
import { fetchRecording, NotThere, type Recording } from "./recording";
import { barsFor, draw, type Colours } from "./wave";

const SPEEDS = [1, 1.25, 1.5, 2];
const SKIP_S = 10;

export class Player {
  readonly element: HTMLElement;
  private readonly audio = new Audio();
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  private readonly seek = h("input", { type: "range", min: "0", max: "1", step: "0.1", value: "0" });
  private readonly play: HTMLButtonElement;
  private readonly time = h("span", { class: "time" });
  private readonly notice = h("p", { class: "notice", role: "status" });
  private readonly bar: HTMLElement;
  private readonly list: HTMLElement;
  private readonly rows: HTMLElement[];
  private readonly leaving = new AbortController();
  private readonly watcher = new ResizeObserver(() => this.measured());
  private recording: Recording | null = null;
  private sides: readonly [Float32Array, Float32Array] | null = null;
  private now = -1;

  constructor(private readonly data: Data) {
    const t = data.texts;
    this.play = h("button", { class: "play", type: "button", "aria-label": t["play"] ?? "", click: () => this.toggle() }, "▶");
    this.seek.setAttribute("aria-label", t["position"] ?? "");
    this.seek.addEventListener("input", () => this.jump(Number(this.seek.value)));
    const speed = h("select", { class: "speed", "aria-label": t["speed"] ?? "" });
    speed.append(...SPEEDS.map((each) => h("option", { value: String(each) }, `${each}×`)));
    speed.addEventListener("change", () => (this.audio.playbackRate = Number(speed.value)));
    this.bar = h(
      "div",
      { class: "bar" },
      this.play,
      this.skip("−10", t["back"] ?? "", -SKIP_S),
      this.skip("+10", t["ahead"] ?? "", SKIP_S),
      h("div", { class: "wave" }, this.canvas, this.seek),
      this.time,
      speed,
    );
    this.rows = data.lines.map((line) => this.row(line));
    this.list = h("ol", { class: "lines", "aria-label": t["words"] ?? "" }, ...this.rows);
    this.element = h("div", { class: "player" }, this.bar, this.notice, this.list);
    for (const event of ["timeupdate", "seeked", "play", "pause", "ended", "loadedmetadata"])
      this.audio.addEventListener(event, () => this.moved());
    show(this.bar, false);
    this.tell(data.url ? (t["loading"] ?? "") : (t["none"] ?? ""));
    this.watcher.observe(this.canvas);
    if (data.url) void this.load();
  }

  /** The page is left: silence, and the memory of the sound is given back. */
  leave(): void {
    this.leaving.abort();
    this.watcher.disconnect();
    this.audio.pause();
    this.recording?.release();
  }

  private async load(): Promise<void> {
    const t = this.data.texts;
    try {
      this.recording = await fetchRecording(this.data.url, this.data.ticket, this.leaving.signal);
    } catch (problem) {
      if (!this.leaving.signal.aborted) this.tell((problem instanceof NotThere ? t["gone"] : t["unreachable"]) ?? "");
      return;
    }
    if (this.leaving.signal.aborted) {
      this.recording.release();
      return;
    }
    this.audio.src = this.recording.src;
    this.tell("");
    show(this.bar, true);
    this.measured();
  }

  private row(line: Data["lines"][number]): HTMLElement {
    const t = this.data.texts;
    const who = (line.who === "caller" ? t["caller"] : t["assistant"]) ?? "";
    const head = h("span", { class: "who" }, `${who} `, h("time", {}, clock(line.atMs / 1000)));
    const listen = (): void => this.listen(line.atMs / 1000);
    const words = h(
      "button",
      { type: "button", class: "say", title: t["listen"] ?? "", click: listen },
      head,
      h("span", {}, line.text),
    );
    return h("li", { class: line.who }, words, line.note ? h("p", { class: "note" }, line.note) : null);
  }

  private skip(shown: string, label: string, seconds: number): HTMLElement {
    const click = (): void => this.jump(this.audio.currentTime + seconds);
    return h("button", { type: "button", class: "skip", "aria-label": label, title: label, click }, shown);
  }

  private listen(seconds: number): void {
    if (!this.recording) return;
    this.jump(seconds);
    void this.audio.play();
  }

  private toggle(): void {
    if (this.audio.paused) void this.audio.play();
    else this.audio.pause();
  }

  private jump(seconds: number): void {
    this.audio.currentTime = Math.min(Math.max(seconds, 0), this.audio.duration || 0);
    this.moved();
  }

  private moved(): void {
    const { currentTime, duration, paused } = this.audio;
    const length = Number.isFinite(duration) ? duration : 0;
    this.play.textContent = paused ? "▶" : "❚❚";
    this.play.setAttribute("aria-label", (paused ? this.data.texts["play"] : this.data.texts["pause"]) ?? "");
    this.seek.max = String(length || 1);
    this.seek.value = String(currentTime);
    this.seek.setAttribute("aria-valuetext", clock(currentTime));
    say(this.time, `${clock(currentTime)} / ${clock(length)}`);
    this.paint();
    const line = currentTime > 0 || !paused ? lineAt(this.data.lines, currentTime) : -1;
    if (line !== this.now) this.light(line);
  }

  private light(line: number): void {
    this.rows[this.now]?.classList.remove("now");
    this.now = line;
    const row = this.rows[line];
    if (!row) return;
    row.classList.add("now");
    const above = row.offsetTop - this.list.offsetTop;
    const hidden = above < this.list.scrollTop || above + row.offsetHeight > this.list.scrollTop + this.list.clientHeight;
    if (hidden) this.list.scrollTo({ top: above - this.list.clientHeight / 3 });
  }

  private measured(): void {
    if (!this.recording || !this.canvas.clientWidth) return;
    if (this.sides?.[0].length !== barsFor(this.canvas.clientWidth))
      this.sides = this.recording.sides(this.canvas.clientWidth);
    this.paint();
  }

  private paint(): void {
    if (!this.sides) return;
    const played = this.audio.duration ? this.audio.currentTime / this.audio.duration : 0;
    draw(this.canvas, this.sides, played, this.colours());
  }

  private colours(): Colours {
    const style = getComputedStyle(this.element);
    const of = (name: string): string => style.getPropertyValue(name).trim();
    return { caller: of("--caller"), agent: of("--agent"), past: style.color };
  }

  private tell(sentence: string): void {
    say(this.notice, sentence);
    show(this.notice, sentence !== "");
  }
}
