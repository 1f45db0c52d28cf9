import { beforeEach, describe, expect, test } from "vitest";

import { CODES, ending, isDrop, type Ending } from "./closing";
import { Line, type Listener, type Socket, type World } from "./line";
import { cleared, heard, hello, pressed, protocols, understood } from "./protocol";

class FakeSocket implements Socket {
  binaryType: BinaryType = "blob";
  readyState = 0;
  bufferedAmount = 0;
  onopen: ((event: Event) => unknown) | null = null;
  onclose: ((event: CloseEvent) => unknown) | null = null;
  onmessage: ((event: MessageEvent) => unknown) | null = null;
  sent: (string | ArrayBuffer)[] = [];
  closedWith: number | undefined;

  constructor(readonly protocols: string[]) {}

  send(data: string | ArrayBuffer): void {
    this.sent.push(data);
  }

  close(code?: number): void {
    this.closedWith = code;
  }

  opens(): void {
    this.readyState = 1;
    this.onopen?.({} as Event);
  }

  says(data: unknown): void {
    this.onmessage?.({ data: typeof data === "string" || data instanceof ArrayBuffer ? data : JSON.stringify(data) } as MessageEvent);
  }

  drops(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code } as CloseEvent);
  }
}

let sockets: FakeSocket[];
let waiting: { at: number; what: () => void }[];
let now: number;
let told: string[];

const world: World = {
  open: (_, asked) => {
    const socket = new FakeSocket(asked);
    sockets.push(socket);
    return socket;
  },
  later: (ms, what) => {
    const timer = { at: now + ms, what };
    waiting.push(timer);
    return () => (waiting = waiting.filter((each) => each !== timer));
  },
  now: () => now,
};

const listener: Listener = {
  opened: (again) => told.push(again ? "back" : "opened"),
  away: () => told.push("away"),
  sound: (pcm) => told.push(`sound ${pcm.byteLength}`),
  mark: (payload) => told.push(`mark ${JSON.stringify(payload)}`),
  clear: () => told.push("clear"),
  closed: (how) => told.push(`closed ${how}`),
};

function pass(ms: number): void {
  now += ms;
  const due = waiting.filter((each) => each.at <= now);
  waiting = waiting.filter((each) => each.at > now);
  for (const { what } of due) what();
}

function opened(): { line: Line; socket: FakeSocket } {
  const line = new Line("ws://engine/test-calls/media", "call_1", "first", world, listener);
  line.open();
  sockets[0]!.opens();
  return { line, socket: sockets[0]! };
}

beforeEach(() => {
  [sockets, waiting, now, told] = [[], [], 0, []];
});

describe("messages", () => {
  test("are those of a carrier's media socket", () => {
    expect(JSON.parse(hello("call_1"))).toEqual({
      event: "websocket:connected",
      "content-type": "audio/l16;rate=16000",
      call_id: "call_1",
    });
    expect(JSON.parse(heard({ utterance: 3, generation: 0 }))).toEqual({
      event: "websocket:notify",
      payload: { utterance: 3, generation: 0 },
    });
    expect(JSON.parse(cleared())).toEqual({ event: "websocket:cleared" });
    expect(JSON.parse(pressed("#"))).toEqual({ event: "websocket:dtmf", digit: "#", duration: 120 });
  });

  test("the ticket travels as a sub-protocol", () => {
    expect(protocols("abc.def")).toEqual(["leadline.call.v1", "ticket.abc.def"]);
  });

  test.each(["", "no json", "[]", '"clear"', '{"action":"dance"}', '{"action":"notify"}', '{"action":"ticket","ticket":1}'])(
    "%j is ignored",
    (text) => expect(understood(text)).toBeNull(),
  );
});

test("a line introduces itself, hands sound and marks on, and answers a clear", () => {
  const { line, socket } = opened();
  expect(socket.protocols).toEqual(protocols("first"));
  expect(socket.binaryType).toBe("arraybuffer");
  socket.says(new ArrayBuffer(640));
  socket.says({ action: "notify", payload: { utterance: 1 } });
  socket.says({ action: "clear" });
  line.send(new ArrayBuffer(640));
  line.press("5");
  line.heard({ utterance: 1 });
  expect(told).toEqual(["opened", "sound 640", 'mark {"utterance":1}', "clear"]);
  expect(socket.sent.map((each) => (typeof each === "string" ? JSON.parse(each).event : each.byteLength))).toEqual([
    "websocket:connected", "websocket:cleared", 640, "websocket:dtmf", "websocket:notify",
  ]);
});

test("sound that the network does not take is dropped, not kept for later", () => {
  const { line, socket } = opened();
  socket.bufferedAmount = 70_000;
  line.send(new ArrayBuffer(640));
  expect(line.counts).toEqual({ sent: 0, dropped: 1 });
});

test("hanging up closes the socket as over, once", () => {
  const { line, socket } = opened();
  line.hangUp();
  line.hangUp();
  socket.drops(1000);
  expect(socket.closedWith).toBe(1000);
  expect(told).toEqual(["opened", "closed hung_up"]);
});

describe("a line that drops", () => {
  test("comes back with the ticket that the engine gave for that", () => {
    const { socket } = opened();
    socket.says({ action: "ticket", ticket: "second" });
    socket.drops(1006);
    expect(told).toEqual(["opened", "clear", "away"]);
    pass(250);
    expect(sockets[1]!.protocols).toEqual(protocols("second"));
    sockets[1]!.opens();
    expect(told.at(-1)).toBe("back");
  });

  test("is tried again and again, ever more slowly, and given up after 25 seconds", () => {
    const { socket } = opened();
    socket.drops(1006);
    const before = sockets.length;
    for (let i = 0; i < 200 && !told.some((each) => each.startsWith("closed")); i++) {
      pass(250);
      sockets.at(-1)!.drops(1006);
    }
    expect(told).toEqual(["opened", "clear", "away", "closed lost"]);
    expect(sockets.length - before).toBeGreaterThan(8);
    expect(sockets.length - before).toBeLessThan(20);
    expect(now).toBeLessThan(30_000);
  });

  test("that the engine will not have back says why", () => {
    const { socket } = opened();
    socket.drops(CODES.come_back);
    pass(250);
    sockets[1]!.drops(CODES.gone);
    expect(told.at(-1)).toBe("closed gone");
  });

  test("can be given up by hanging up", () => {
    const { line, socket } = opened();
    socket.drops(1006);
    line.hangUp();
    pass(60_000);
    expect(sockets).toHaveLength(1);
    expect(told.at(-1)).toBe("closed hung_up");
  });
});

test("an engine that never answers is not come back to", () => {
  new Line("ws://engine", "call_1", "first", world, listener).open();
  sockets[0]!.drops(1006);
  pass(60_000);
  expect(told).toEqual(["closed lost"]);
  expect(sockets).toHaveLength(1);
});

test.each(Object.entries(CODES).filter(([name]) => name !== "come_back") as [Ending, number][])(
  "the code for %s means that the call is over",
  (name, code) => {
    const { socket } = opened();
    socket.drops(code);
    expect(told.at(-1)).toBe(`closed ${name}`);
    expect(isDrop(code)).toBe(false);
    expect(ending(code)).toBe(name);
  },
);
