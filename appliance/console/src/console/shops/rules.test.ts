import { describe, expect, it } from "vitest";

import type { Hours } from "./api";
import { cureOf, datesIn, isSameSystem, originOf, snippetOf, strangeName, troubleOf, welcomeAs } from "./rules";

const OFFICE: Hours = { zone: "Asia/Shanghai", weekdays: [1], spans: ["09:00-18:00"], holidays: [], make_up_days: [] };

describe("what a form says by itself", () => {
  it("writes an origin as browsers do, and nothing else for one", () => {
    expect(originOf(" https://Shop.example:443/ ")).toBe("https://shop.example");
    expect(["shop.example", "https://shop.example/a", "ftp://x", "https://u@x"].map(originOf)).toEqual([null, null, null, null]);
  });

  it("knows which names a welcome may hold, and fills them in", () => {
    expect(strangeName("您好，我是{bot_name}，{phone}")).toBe("phone");
    expect(strangeName("{shop_name}的{bot_name}")).toBeNull();
    expect(welcomeAs("{shop_name}的{bot_name}", "鹿角", "小鹿")).toBe("鹿角的小鹿");
  });

  it("tells what is wrong with hours", () => {
    expect(troubleOf(OFFICE)).toBeNull();
    expect(troubleOf({ ...OFFICE, weekdays: [] })).toBe("weekdays");
    expect(troubleOf({ ...OFFICE, spans: ["9-18"] })).toBe("span");
    expect(troubleOf({ ...OFFICE, spans: ["09:00-12:00", "11:00-18:00"] })).toBe("order");
    expect(troubleOf({ ...OFFICE, spans: ["09:00-12:00", "13:00-24:00"] })).toBeNull();
    expect(troubleOf({ ...OFFICE, holidays: ["2026-10-01"], make_up_days: ["2026-10-01"] })).toBe("both");
  });

  it("finds the word that is no date", () => {
    expect(datesIn("2026-10-01，2026-10-02")).toEqual({ dates: ["2026-10-01", "2026-10-02"], wrong: null });
    expect(datesIn("2026-10-01 2026-02-30").wrong).toBe("2026-02-30");
    expect(datesIn("10月1日").wrong).toBe("10月1日");
  });

  it("keeps a key for the very order system that it belongs to", () => {
    const kept = { mapping: "demo", base_url: "http://oms:8090/api" };
    expect(isSameSystem(kept, "demo", "http://oms:8090/other")).toBe(true);
    expect(isSameSystem(kept, "demo", "http://oms:8091/api")).toBe(false);
    expect(isSameSystem(kept, "medusa", "http://oms:8090/api")).toBe(false);
    expect(isSameSystem(null, "demo", "http://oms:8090/api")).toBe(false);
  });

  it("knows where to look when a try failed", () => {
    expect(cureOf("customer: no answer in time")).toBe("reach");
    expect(cureOf("customer: answered 401")).toBe("proof");
    expect(cureOf("order.status: unknown word")).toBe("mapping");
  });

  it("gives the tag for a shop's page", () => {
    expect(snippetOf("https://a.example", "demo")).toBe(
      '<script src="https://a.example/widget.js" data-shop="demo" async></' + "script>",
    );
  });
});
