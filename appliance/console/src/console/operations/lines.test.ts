import { describe, expect, it } from "vitest";

import type { LogLine } from "../api/operations";
import { MOST, withNewer } from "./lines";

const line = (text: string): LogLine => ({ at: "", level: "info", text });

describe("lines of a log", () => {
  it("stand with the newest first", () => {
    expect(withNewer([line("1")], [line("2"), line("3")]).map((each) => each.text)).toEqual(["3", "2", "1"]);
  });

  it("are not kept without end", () => {
    const many = Array.from({ length: MOST }, (_, place) => line(String(place)));
    const found = withNewer(many, [line("new")]);
    expect([found.length, found[0]?.text]).toEqual([MOST, "new"]);
  });
});
