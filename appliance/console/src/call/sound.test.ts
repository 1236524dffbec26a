import { describe, expect, it } from "vitest";

import { Capture, FRAME, levelOf, RATE } from "./capture";
import { LEAD_S, MOST_S, Playback } from "./playback";
import { Resampler } from "./resample";

const QUANTUM = 128;

function tone(hz: number, rate: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, at) => 0.5 * Math.sin((2 * Math.PI * hz * at) / rate));
}

/** In the pieces that a browser hands over. */
function inQuanta(samples: Float32Array): Float32Array[] {
  return Array.from({ length: Math.floor(samples.length / QUANTUM) }, (_, at) =>
    samples.slice(at * QUANTUM, (at + 1) * QUANTUM),
  );
}

function joined(parts: Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length);
}

function resampled(hz: number, from: number, to: number): Float32Array {
  const resampler = new Resampler(from, to);
  return joined(inQuanta(tone(hz, from, from)).map((part) => resampler.feed(part)));
}

describe("a resampler", () => {
  it.each([
    [48_000, 16_000],
    [44_100, 16_000],
    [16_000, 48_000],
    [16_000, 44_100],
    [96_000, 16_000],
  ])("gives what comes at %d Hz at %d Hz, as long and as loud", (from, to) => {
    const out = resampled(1000, from, to);
    const whole = Math.floor(from / QUANTUM) * QUANTUM;
    expect(Math.abs(out.length - (whole * to) / from)).toBeLessThanOrEqual(1);
    expect(rms(out.subarray(to / 10))).toBeCloseTo(0.5 / Math.SQRT2, 2);
  });

  it("gives the same tone, not its neighbour", () => {
    const out = resampled(1000, 44_100, RATE).subarray(1000, 1000 + RATE / 2);
    const crossings = out.filter((each, at) => at > 0 && each >= 0 && (out[at - 1] ?? 0) < 0).length;
    expect(crossings).toBeGreaterThanOrEqual(499);
    expect(crossings).toBeLessThanOrEqual(501);
  });

  it.each([9_000, 12_000, 15_000, 20_000])("lets nothing of %d Hz through to 16 kHz", (hz) => {
    expect(rms(resampled(hz, 48_000, RATE).subarray(RATE / 10))).toBeLessThan(0.5 / 300);
  });

  it("gives the same in pieces as at once", () => {
    const samples = tone(440, 44_100, 44_100);
    const whole = new Resampler(44_100, RATE).feed(samples);
    const pieces = new Resampler(44_100, RATE);
    const parts = joined([7, 128, 1000, 42_965].map((size, at, all) => {
      const from = all.slice(0, at).reduce((sum, each) => sum + each, 0);
      return pieces.feed(samples.slice(from, from + size));
    }));
    expect(parts).toEqual(whole);
  });

  it("leaves alone what has the rate already", () => {
    const samples = tone(440, RATE, 200);
    expect(new Resampler(RATE, RATE).feed(samples)).toBe(samples);
  });
});

describe("a capture", () => {
  it.each([16_000, 44_100, 48_000])("cuts what comes at %d Hz into frames of 20 ms", (rate) => {
    const capture = new Capture(rate);
    const frames = inQuanta(tone(440, rate, rate)).flatMap((part) => capture.feed(part));
    expect(frames.length).toBeGreaterThanOrEqual(48);
    expect(frames.length).toBeLessThanOrEqual(50);
    expect(frames.every(({ pcm }) => pcm.length === FRAME)).toBe(true);
  });

  it("keeps what is too loud within 16 bits", () => {
    const [frame] = new Capture(RATE).feed(Float32Array.from({ length: FRAME }, (_, at) => (at % 2 ? 3 : -3)));
    expect([...new Set(frame?.pcm)].sort((one, other) => one - other)).toEqual([-32_768, 32_767]);
  });

  it("never hands out the same frame twice", () => {
    const frames = new Capture(RATE).feed(tone(440, RATE, 3 * FRAME));
    expect(new Set(frames.map(({ pcm }) => pcm.buffer)).size).toBe(3);
  });

  it("tells how loud it is", () => {
    const [loud] = new Capture(RATE).feed(tone(440, RATE, FRAME));
    const [silent] = new Capture(RATE).feed(new Float32Array(FRAME));
    expect(loud?.level).toBeCloseTo(0.82, 1);
    expect(silent?.level).toBe(0);
    expect([levelOf(1), levelOf(0.001)]).toEqual([1, 0]);
  });
});

describe("a playback", () => {
  const frame = (level: number) => new Int16Array(FRAME).fill(level);

  function pulled(playback: Playback, count: number): Float32Array {
    const out = new Float32Array(count);
    playback.pull(out);
    return out;
  }

  it("plays what was added, in order, and silence after it", () => {
    const playback = new Playback(RATE);
    for (const level of [100, 200, 300, 400]) playback.add(frame(level));
    const out = pulled(playback, 5 * FRAME);
    expect([0, 1, 2, 3, 4].map((each) => Math.round((out[each * FRAME + 5] ?? 0) * 32_768))).toEqual([100, 200, 300, 400, 0]);
  });

  it("waits for a little after a pause, so that a late frame is no gap", () => {
    const playback = new Playback(RATE);
    playback.add(frame(100));
    expect(rms(pulled(playback, FRAME))).toBe(0);
    while (playback.seconds < LEAD_S) playback.add(frame(100));
    expect(rms(pulled(playback, FRAME))).toBeGreaterThan(0);
  });

  it("waits for nothing where a sentence is shorter than that", () => {
    const playback = new Playback(RATE);
    playback.add(frame(100));
    playback.mark("1");
    expect(playback.pull(new Float32Array(FRAME))).toEqual(["1"]);
  });

  it("reaches a mark when all before it was taken, and not sooner", () => {
    const playback = new Playback(RATE);
    for (let count = 0; count < 4; count += 1) playback.add(frame(100));
    playback.mark("1");
    playback.add(frame(200));
    playback.mark("2");
    expect(playback.pull(new Float32Array(4 * FRAME - 1))).toEqual([]);
    expect(playback.pull(new Float32Array(1))).toEqual(["1"]);
    expect(playback.pull(new Float32Array(FRAME))).toEqual(["2"]);
  });

  it("throws away all that waits, with its marks", () => {
    const playback = new Playback(RATE);
    for (let count = 0; count < 10; count += 1) playback.add(frame(100));
    playback.mark("1");
    pulled(playback, FRAME);
    playback.flush();
    const out = new Float32Array(FRAME);
    expect(playback.pull(out)).toEqual([]);
    expect(rms(out)).toBe(0);
    expect(playback.seconds).toBe(0);
  });

  it("holds no more than half a minute", () => {
    const playback = new Playback(RATE);
    for (let count = 0; count < 100 * MOST_S; count += 1) playback.add(frame(1));
    expect(playback.seconds).toBeLessThan(MOST_S + 1);
  });
});
