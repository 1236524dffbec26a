import { describe, expect, it } from "vitest";

import { atEnd, earlier, grown, later, MOST_LINES, STEP_LINES } from "./window";

describe("the stretch of a long conversation", () => {
  it("never holds more than so many lines, and gets from one end to the other", () => {
    const total = 5_000;
    let shown = atEnd(total);
    expect(shown).toEqual({ from: total - MOST_LINES, to: total });
    for (let step = 0; shown.from > 0; step += 1) {
      const before = shown;
      shown = earlier(shown);
      expect(shown.to - shown.from).toBe(MOST_LINES);
      expect(shown.to).toBeGreaterThan(before.from);
      expect(step).toBeLessThan(total / STEP_LINES);
    }
    while (shown.to < total) {
      const before = shown;
      shown = later(shown, total);
      expect(shown.from).toBeLessThanOrEqual(before.to);
    }
    expect(shown).toEqual(atEnd(total));
  });

  it("stays where somebody reads, and follows who is at the end", () => {
    const read = { from: 100, to: 100 + MOST_LINES };
    expect(grown(read, 1_000, false)).toEqual(read);
    expect(grown(read, 1_000, true)).toEqual(atEnd(1_000));
    expect(grown({ from: 0, to: 3 }, 4, false)).toEqual({ from: 0, to: 4 });
  });
});
