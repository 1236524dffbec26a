import { describe, expect, it } from "vitest";

import { dayOf, daysOf, faultOf, momentOf, stepsFor } from "./period";

describe("days of a zone", () => {
  it("begin when they begin there", () => {
    const at = new Date("2026-11-25T16:30:00Z");
    expect([dayOf(at, "Asia/Shanghai"), dayOf(at, "UTC")]).toEqual(["2026-11-26", "2026-11-25"]);
    expect(momentOf("2026-11-25T16:30:10Z", "Asia/Shanghai")).toBe("2026-11-26 00:30");
  });

  it("are counted back over the end of a month", () => {
    expect(daysOf("week", "2026-03-02")).toEqual({ first: "2026-02-24", last: "2026-03-02" });
    expect(daysOf("yesterday", "2026-03-01")).toEqual({ first: "2026-02-28", last: "2026-02-28" });
  });

  it("allow those steps that the server allows", () => {
    expect(stepsFor({ first: "2026-11-20", last: "2026-11-26" })).toEqual(["hour", "day", "week", "month"]);
    expect(stepsFor({ first: "2026-11-19", last: "2026-11-26" })).toEqual(["day", "week", "month"]);
    expect(stepsFor({ first: "2026-01-01", last: "2026-11-26" })).toEqual(["week", "month"]);
  });

  it("that the server would refuse are not asked for", () => {
    const today = "2026-11-26";
    expect(faultOf({ first: today, last: today }, today)).toBeNull();
    expect(faultOf({ first: "2026-11-26", last: "2026-11-25" }, today)).toBe("order");
    expect(faultOf({ first: "", last: today }, today)).toBe("order");
    expect(faultOf({ first: "2025-11-25", last: today }, today)).toBe("length");
  });
});
