import { describe, expect, it } from "vitest";

import type { Line } from "./data";
import { clock, lineAt } from "./moments";
import { barsFor, loudness } from "./wave";

const line = (atMs: number): Line => ({ who: "caller", text: "", atMs, note: "" });

describe("times of a recording", () => {
  it("are written as people read them", () => {
    expect([0, 65.9, 600, Number.NaN].map(clock)).toEqual(["0:00", "1:05", "10:00", "0:00"]);
  });
  it("belong to the line that has begun last", () => {
    const lines = [line(1000), line(4000), line(9000)];
    expect([0, 1, 3.9, 4, 100].map((at) => lineAt(lines, at))).toEqual([-1, 0, 0, 1, 2]);
  });
});

describe("loudness", () => {
  it("keeps a short click that an average would lose", () => {
    const samples = new Float32Array(1000);
    samples[501] = 0.81;
    const bars = loudness(samples, 10);
    expect(bars[5]).toBeCloseTo(0.9);
    expect([...bars].filter((bar) => bar > 0)).toHaveLength(1);
  });
  it("has a bar for every part, also of a recording shorter than the picture", () => {
    expect(loudness(new Float32Array([0.25]), 4)).toHaveLength(4);
    expect(barsFor(0)).toBe(1);
  });
});
