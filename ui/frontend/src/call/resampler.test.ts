import { describe, expect, test } from "vitest";

import { FRAME_SAMPLES, RATE } from "./format";
import { Framer } from "./framer";
import { Resampler } from "./resampler";

const BLOCK = 128;

/** A second of a tone at another rate, block by block as the browser gives it. */
function heard(from: number, to: number, hz: number): number[] {
  const resampler = new Resampler(from, to);
  const out: number[] = [];
  for (let at = 0; at + BLOCK <= from; at += BLOCK) {
    const block = Float32Array.from({ length: BLOCK }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * (at + i)) / from));
    resampler.push(block, (sample) => out.push(sample));
  }
  return out;
}

/** Level in dB against the tone that went in, without the ends. */
function level(samples: number[]): number {
  const middle = samples.slice(1000, -1000);
  const power = middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length;
  return 20 * Math.log10(Math.sqrt(power) / (0.5 / Math.SQRT2));
}

describe.each([16_000, 44_100, 48_000, 96_000])("a microphone at %i Hz", (rate) => {
  test.each([300, 1000, 3400, 6000])("comes through flat at %i Hz", (hz) => {
    expect(Math.abs(level(heard(rate, RATE, hz)))).toBeLessThan(0.5);
  });

  test("gives 16,000 samples a second, to within the filter's length", () => {
    expect(Math.abs(heard(rate, RATE, 440).length - RATE)).toBeLessThan(120);
  });

  test("keeps the tone: it is the same wave, sample by sample", () => {
    const out = heard(rate, RATE, 1000);
    const errors = out.slice(100, 1100).map((sample, i) => {
      const at = i + 100;
      const there = (shift: number): number => 0.5 * Math.sin((2 * Math.PI * 1000 * (at + shift)) / RATE);
      return Math.abs(sample - there(0));
    });
    // The filter is symmetric and begins half a length into silence: no shift, hardly an error.
    expect(Math.max(...errors)).toBeLessThan(0.01);
  });
});

describe.each([44_100, 48_000, 96_000])("above half of the target rate, at %i Hz", (rate) => {
  test.each([10_000, 12_000, 15_000])("%i Hz does not fold into the voice", (hz) => {
    expect(level(heard(rate, RATE, hz))).toBeLessThan(-40);
  });
});

describe.each([44_100, 48_000])("the agent's voice on a loudspeaker at %i Hz", (rate) => {
  test.each([300, 1000, 3400, 6000])("keeps %i Hz", (hz) => {
    expect(Math.abs(level(heard(RATE, rate, hz)))).toBeLessThan(0.5);
  });
});

test("blocks of any length give the same samples", () => {
  const samples = Float32Array.from({ length: 4800 }, (_, i) => Math.sin(i / 7) * 0.3);
  const whole: number[] = [];
  new Resampler(48_000, RATE).push(samples, (sample) => whole.push(sample));
  const pieces: number[] = [];
  const resampler = new Resampler(48_000, RATE);
  for (let at = 0; at < samples.length; at += 37) resampler.push(samples.subarray(at, at + 37), (sample) => pieces.push(sample));
  expect(pieces).toEqual(whole);
});

test("after a reset nothing of the sound before is left", () => {
  const resampler = new Resampler(RATE, 48_000);
  resampler.push(new Float32Array(320).fill(0.9), () => undefined);
  resampler.reset();
  const after: number[] = [];
  resampler.push(new Float32Array(320), (sample) => after.push(sample));
  expect(after.every((sample) => sample === 0)).toBe(true);
});

test("frames are 20 ms of 16-bit samples, and what is too loud is clipped", () => {
  const framer = new Framer();
  const frames = Array.from({ length: 2 * FRAME_SAMPLES + 5 }, (_, i) => framer.push(i % 2 ? 1.7 : -1.7)).filter(Boolean);
  expect(frames).toHaveLength(2);
  expect(frames[0]!.pcm.byteLength).toBe(640);
  expect([...frames[0]!.pcm.subarray(0, 2)]).toEqual([-32_767, 32_767]);
  expect(frames[0]!.peak).toBe(1);
});

test("a frame's peak is of that frame alone", () => {
  const framer = new Framer();
  const frames = Array.from({ length: 2 * FRAME_SAMPLES }, (_, i) => framer.push(i < 10 ? 0.5 : 0.1)).filter(Boolean);
  expect(frames.map((each) => each!.peak)).toEqual([0.5, expect.closeTo(0.1)]);
});
