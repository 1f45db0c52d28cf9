/** Server-sent events read with `fetch`, which may send a ticket as a header; an `EventSource` may not. */

import type { CallEvent } from "./story";

/** Puts lines together to events. Bytes may be cut anywhere. */
export class EventReader {
  private rest = "";
  private data: string[] = [];

  /** Take a piece of the stream; the events that are whole by now. */
  push(piece: string): CallEvent[] {
    const lines = (this.rest + piece).split("\n");
    this.rest = lines.pop() ?? "";
    return lines.flatMap((line) => this.line(line.endsWith("\r") ? line.slice(0, -1) : line));
  }

  private line(line: string): CallEvent[] {
    if (line.startsWith("data:")) {
      this.data.push(line.slice(5).trimStart());
      return [];
    }
    if (line !== "" || this.data.length === 0) return [];
    const text = this.data.join("\n");
    this.data = [];
    const event = parsed(text);
    return event ? [event] : [];
  }
}

function parsed(text: string): CallEvent | null {
  try {
    const { number, kind, facts } = JSON.parse(text) as Partial<CallEvent>;
    return typeof number === "number" && typeof kind === "string" ? { number, kind, facts: facts ?? {} } : null;
  } catch {
    return null;
  }
}

const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 4_000;

/** Tell each event of a call until its end, or until `signal`. A connection that breaks is opened again where it was. */
export async function follow(
  url: string,
  ticket: string,
  signal: AbortSignal,
  tell: (event: CallEvent) => void,
): Promise<void> {
  let last = 0;
  let pause = PAUSE_MS;
  while (!signal.aborted) {
    try {
      const headers = { Authorization: `Bearer ${ticket}`, "Last-Event-ID": String(last) };
      const answer = await fetch(url, { headers, signal, cache: "no-store" });
      if (answer.status === 401 || answer.status === 403 || answer.status === 404) return;
      if (!answer.ok || !answer.body) throw new Error(String(answer.status));
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      const events = new EventReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        pause = PAUSE_MS;
        for (const event of events.push(piece.value)) {
          last = event.number;
          tell(event);
          if (event.kind === "ended") return;
        }
      }
    } catch {
      if (signal.aborted) return;
    }
    await new Promise((go) => setTimeout(go, pause));
    pause = Math.min(LONGEST_PAUSE_MS, 2 * pause);
  }
}
