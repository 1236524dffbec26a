import { describe, expect, it } from "vitest";

import type { LogEvent } from "../desk/frames";
import type { Recording } from "./api";
import { clockOf, lineAt, spokenIn } from "./follow";

const RECORDING: Recording = {
  recording_id: "r",
  begun_at: "2026-06-10T15:00:00+08:00",
  ended_at: "2026-06-10T15:00:30+08:00",
  ending: "kept",
  length_ms: 30_000,
  silenced_ms: 0,
};

function event(seq: number, second: number, type: string, data: Record<string, unknown> = {}): LogEvent {
  const at = `2026-06-10T15:00:${String(second).padStart(2, "0")}+08:00`;
  return { seq, at, type, words: `第${String(seq)}句`, data };
}

describe("what was said in a recording", () => {
  it("stands where it was said, and where that is not known, at the time of the log", () => {
    const found = spokenIn(
      [
        event(2, 1, "bot.said"),
        event(3, 9, "customer.said", { from_ms: 6200, until_ms: 7900 }),
        event(4, 10, "bot.said"),
        event(5, 20, "bot.heard", { said_seq: 4, sentences: 1, of: 3, from_ms: 10_400 }),
      ],
      RECORDING,
    );
    expect(found.map(({ seq, fromMs, isExact }) => [seq, fromMs, isExact])).toEqual([
      [2, 1000, false],
      [3, 6200, true],
      [4, 10_400, true],
    ]);
    expect(found.map(({ cut }) => cut)).toEqual([null, null, { sentences: 1, of: 3 }]);
  });

  it("is nothing of what was said before the call or after it", () => {
    const before = { ...event(1, 0, "customer.said"), at: "2026-06-10T14:59:59+08:00" };
    const after = { ...event(9, 0, "bot.said"), at: "2026-06-10T15:00:40+08:00" };
    expect(spokenIn([before, after], RECORDING)).toEqual([]);
  });
});

describe("the line that is being heard", () => {
  const lines = spokenIn([event(2, 1, "bot.said"), event(3, 9, "customer.said")], RECORDING);

  it("is none before the first, then the last that has begun", () => {
    expect([0, 1000, 8999, 9000, 29_000].map((ms) => lineAt(lines, ms))).toEqual([-1, 0, 0, 1, 1]);
  });
});

describe("a time", () => {
  it("is written in minutes and seconds", () => {
    expect([0, 999, 65_000, 3_600_000].map(clockOf)).toEqual(["0:00", "0:00", "1:05", "60:00"]);
  });
});
