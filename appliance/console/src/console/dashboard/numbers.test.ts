import { describe, expect, it } from "vitest";

import { zhDashboard } from "../words/zh-dashboard";
import { changed, written } from "./numbers";

const { spans } = zhDashboard;

describe("a figure", () => {
  it("is written in its unit", () => {
    expect(written(12345, "count", spans)).toBe("12,345");
    expect(written(0.8213, "share", spans)).toBe("82.1%");
    expect(written(4.5, "score", spans)).toBe("4.50");
    expect([0.456, 42.4, 200, 7260].map((each) => written(each, "seconds", spans))).toEqual([
      "0.46秒",
      "42秒",
      "3分20秒",
      "2小时1分",
    ]);
  });

  it("that there is none of is no zero", () => {
    expect(written(null, "share", spans)).toBe("–");
  });
});

describe("a change", () => {
  it("of a count is a part of what was before", () => {
    expect(changed(150, 100, "count", "neither")).toEqual({ way: "up", isGood: null, text: "50%" });
  });

  it("of a share is a difference", () => {
    expect(changed(0.55, 0.5, "share", "less")).toEqual({ way: "up", isGood: false, text: "5.0pp" });
    expect(changed(0.1, 0, "share", "more")).toEqual({ way: "up", isGood: true, text: "10.0pp" });
  });

  it("is good where less is better", () => {
    expect(changed(9.96, 10, "seconds", "less")).toEqual({ way: "down", isGood: true, text: "0.4%" });
  });

  it("that is too small to be written is none", () => {
    expect(changed(0.5001, 0.5, "share", "more")?.way).toBe("same");
  });

  it("from nothing cannot be told", () => {
    expect([changed(3, 0, "count", "more"), changed(3, null, "seconds", "less")]).toEqual([null, null]);
    expect(changed(0, 0, "count", "more")?.way).toBe("same");
  });
});
