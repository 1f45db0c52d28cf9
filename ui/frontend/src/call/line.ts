/**
 * The socket of one call, with its ways back. When it drops, the call is still there for a while: the line is opened
 * again with the ticket that the engine gave for that, until it is back, refused, or too much time has passed.
 */

import { ending, isDrop, type Ending } from "./closing";
import { cleared, heard, hello, pressed, protocols, understood, type Payload } from "./protocol";

/** As much of a WebSocket as is needed. */
export interface Socket {
  binaryType: BinaryType;
  readonly readyState: number;
  readonly bufferedAmount: number;
  onopen: ((event: Event) => unknown) | null;
  onclose: ((event: CloseEvent) => unknown) | null;
  onmessage: ((event: MessageEvent) => unknown) | null;
  send(data: string | ArrayBuffer): void;
  close(code?: number): void;
}

/** What the line needs of the world. `later`: calls back after so many milliseconds; gives a way to call it off. */
export interface World {
  open(url: string, protocols: string[]): Socket;
  later(ms: number, what: () => void): () => void;
  now(): number;
}

/** What the line tells. */
export interface Listener {
  opened(again: boolean): void;
  away(): void;
  sound(pcm: ArrayBuffer): void;
  mark(payload: Payload): void;
  clear(): void;
  closed(how: Ending): void;
}

const OPEN = 1;
/** So much unsent sound, and the network is too slow: what comes now is dropped instead of being late for ever. */
const MOST_UNSENT = 64_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
/** The engine keeps a call for half a minute. */
const COME_BACK_MS = 25_000;

export class Line {
  private socket: Socket | null = null;
  private wasOpen = false;
  private awaySince: number | null = null;
  private pause = FIRST_PAUSE_MS;
  private over = false;
  private callOff: (() => void) | null = null;
  /** Frames that were sent, and that were dropped. */
  readonly counts = { sent: 0, dropped: 0 };

  constructor(
    private readonly url: string,
    private readonly call: string,
    private ticket: string,
    private readonly world: World,
    private readonly listener: Listener,
  ) {}

  open(): void {
    const socket = this.world.open(this.url, protocols(this.ticket));
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      socket.send(hello(this.call));
      const again = this.awaySince !== null;
      this.wasOpen = true;
      this.listener.opened(again);
    };
    socket.onmessage = (event) => this.received(event.data as string | ArrayBuffer);
    socket.onclose = (event) => {
      if (this.socket === socket) this.dropped(event.code);
    };
  }

  /** A frame of the microphone. */
  send(pcm: ArrayBuffer): void {
    if (this.socket?.readyState !== OPEN) return;
    if (this.socket.bufferedAmount > MOST_UNSENT) {
      this.counts.dropped++;
      return;
    }
    this.socket.send(pcm);
    this.counts.sent++;
  }

  press(digit: string): void {
    this.tell(pressed(digit));
  }

  heard(payload: Payload): void {
    this.tell(heard(payload));
  }

  hangUp(): void {
    this.end("hung_up");
  }

  private tell(text: string): void {
    if (this.socket?.readyState === OPEN) this.socket.send(text);
  }

  private received(data: string | ArrayBuffer): void {
    if (this.awaySince !== null) {
      this.awaySince = null;
      this.pause = FIRST_PAUSE_MS;
    }
    if (typeof data !== "string") {
      this.listener.sound(data);
      return;
    }
    const message = understood(data);
    switch (message?.is) {
      case "clear":
        this.listener.clear();
        this.tell(cleared());
        break;
      case "notify":
        this.listener.mark(message.payload);
        break;
      case "ticket":
        this.ticket = message.ticket;
        break;
      case undefined:
        break;
    }
  }

  private dropped(code: number): void {
    this.socket = null;
    if (this.over) return;
    if (!isDrop(code)) {
      this.end(ending(code));
      return;
    }
    if (!this.wasOpen) {
      // The engine does not answer, or refuses this page: nothing has begun that could be come back to.
      this.end("lost");
      return;
    }
    if (this.awaySince === null) {
      this.awaySince = this.world.now();
      this.listener.clear();
      this.listener.away();
    }
    if (this.world.now() - this.awaySince > COME_BACK_MS) {
      this.end("lost");
      return;
    }
    this.callOff = this.world.later(this.pause, () => this.open());
    this.pause = Math.min(LONGEST_PAUSE_MS, 2 * this.pause);
  }

  private end(how: Ending): void {
    if (this.over) return;
    this.over = true;
    this.callOff?.();
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
    this.listener.closed(how);
  }
}
