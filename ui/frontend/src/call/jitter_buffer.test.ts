import { describe, expect, test } from "vitest";

import { JitterBuffer, LEAST_MS, MOST_MS } from "./jitter_buffer";

const RATE = 16_000;
const BLOCK = 128;
const ms = (count: number): number => (RATE * count) / 1000;
const sound = (length: number, value = 0.5): Float32Array => new Float32Array(length).fill(value);

class Ear {
  readonly heard: string[] = [];
  readonly samples: number[] = [];
  dry = 0;

  constructor(readonly buffer = new JitterBuffer<string>(RATE)) {}

  listen(blocks: number): this {
    for (let i = 0; i < blocks; i++) {
      const out = new Float32Array(BLOCK);
      const { heard, ranDry } = this.buffer.pull(out);
      this.samples.push(...out);
      this.heard.push(...heard);
      if (ranDry) this.dry++;
    }
    return this;
  }

  get loud(): number {
    return this.samples.filter((sample) => sample !== 0).length;
  }
}

test("nothing is played before 60 ms are there", () => {
  const ear = new Ear();
  ear.buffer.push(sound(ms(40)));
  ear.listen(3);
  expect(ear.loud).toBe(0);
  ear.buffer.push(sound(ms(20)));
  ear.listen(1);
  expect(ear.loud).toBe(BLOCK);
});

test("a short utterance that is whole does not wait", () => {
  const ear = new Ear();
  ear.buffer.push(sound(ms(20)));
  ear.buffer.mark("end");
  expect(ear.listen(4).loud).toBe(ms(20));
  expect(ear.heard).toEqual(["end"]);
});

test("a little sound of which nothing more comes is heard all the same", () => {
  const ear = new Ear();
  ear.buffer.push(sound(ms(20)));
  expect(ear.listen(20).loud).toBe(ms(20));
});

test("marks come back when what stands before them has been heard, in order", () => {
  const ear = new Ear();
  ear.buffer.push(sound(BLOCK * 8));
  ear.buffer.mark("first");
  ear.buffer.push(sound(BLOCK * 2));
  ear.buffer.mark("second");
  expect(ear.listen(7).heard).toEqual([]);
  expect(ear.listen(1).heard).toEqual(["first"]);
  expect(ear.listen(2).heard).toEqual(["first", "second"]);
  expect(ear.dry).toBe(0);
});

test("a mark behind nothing comes back at once", () => {
  const ear = new Ear();
  ear.buffer.mark("at once");
  expect(ear.listen(1).heard).toEqual(["at once"]);
});

describe("when the caller cuts in", () => {
  test("what waits is gone, and what is heard fades out within 4 ms", () => {
    const ear = new Ear();
    ear.buffer.push(sound(ms(500)));
    ear.buffer.mark("end");
    ear.listen(4);
    ear.buffer.clear();
    const before = ear.samples.length;
    ear.listen(10);
    const after = ear.samples.slice(before);
    const tail = after.slice(0, ms(4));
    expect(tail.every((sample, i) => i === 0 || sample <= tail[i - 1]!)).toBe(true);
    expect(tail[0]!).toBeGreaterThan(0.4);
    expect(after.slice(ms(4)).every((sample) => sample === 0)).toBe(true);
    expect(ear.heard).toEqual([]);
    expect(ear.dry).toBe(0);
  });

  test("what is said next is heard whole", () => {
    const ear = new Ear();
    ear.buffer.push(sound(ms(500)));
    ear.listen(4);
    ear.buffer.clear();
    ear.listen(5);
    const before = ear.loud;
    ear.buffer.push(sound(ms(100), 0.25));
    ear.buffer.mark("next");
    ear.listen(20);
    expect(ear.loud - before).toBe(ms(100));
    expect(ear.heard).toEqual(["next"]);
  });
});

describe("when the network is late", () => {
  function stutter(ear: Ear): void {
    ear.buffer.push(sound(ms(200)));
    ear.listen(Math.ceil(ms(200) / BLOCK) + 2);
  }

  test("it waits for more the next time, but never for more than 200 ms", () => {
    const ear = new Ear();
    stutter(ear);
    expect([ear.dry, ear.buffer.target]).toEqual([1, LEAST_MS + 40]);
    for (let i = 0; i < 6; i++) stutter(ear);
    expect(ear.buffer.target).toBe(MOST_MS);
  });

  test("it comes back down while all goes well", () => {
    const ear = new Ear();
    stutter(ear);
    const raised = ear.buffer.target;
    ear.buffer.push(sound(RATE * 25));
    ear.listen(Math.ceil((RATE * 21) / BLOCK));
    expect(ear.buffer.target).toBe(raised - 20);
  });

  test("an end that was meant is no stutter", () => {
    const ear = new Ear();
    ear.buffer.push(sound(ms(200)));
    ear.buffer.mark("end");
    ear.listen(40);
    expect([ear.dry, ear.buffer.target]).toEqual([0, LEAST_MS]);
  });
});

test("an agent that is half a minute behind loses the oldest", () => {
  const buffer = new JitterBuffer<string>(RATE);
  for (let i = 0; i < 40; i++) buffer.push(sound(RATE));
  expect(buffer.waitingMs).toBeLessThanOrEqual(30_000);
});
