import { describe, expect, it } from "vitest";

import type { Figure, Report } from "./api";
import { csv, line } from "./csv";
import type { Names } from "./csv";

const FIGURE: Figure = {
  key: "handoffs",
  query: "handoffs",
  unit: "count",
  group: "handoff",
  better: "less",
  zh: "转人工次数",
  en: "Hand-offs",
  definition_zh: "",
  definition_en: "",
};
const NAMES: Names = {
  heads: ["key", "name", "unit", "slice", "part", "value", "before"],
  figure: (figure) => figure.zh,
  unit: () => "次",
  all: "全部",
  at: "时间",
  channel: "渠道",
  shop: "店铺",
  code: "分项",
  part: (_, __, part) => part,
};

describe("a file of what is shown", () => {
  it("has every number of every part", () => {
    const report = {
      steps: ["2026-11-26T09:00"],
      figures: [
        {
          key: "handoffs",
          value: 3,
          before: null,
          series: [3],
          series_before: [2],
          channels: [{ part: "web", value: 3, before: 1 }],
          shops: [],
          codes: [{ part: "emotion", value: 0.5, before: 0 }],
        },
      ],
    } as unknown as Report;
    expect(csv(report, [FIGURE], NAMES)).toBe(
      "\uFEFFkey,name,unit,slice,part,value,before\r\n" +
        "handoffs,转人工次数,次,全部,,3,\r\n" +
        "handoffs,转人工次数,次,时间,2026-11-26 09:00,3,2\r\n" +
        "handoffs,转人工次数,次,渠道,web,3,1\r\n" +
        "handoffs,转人工次数,次,分项,emotion,0.5,0\r\n",
    );
  });

  it.each(["=1+1", "+cmd", "-2+3", "@SUM(A1)", " =1", "\t=1"])("holds no formula: %j", (words) => {
    expect(line([words]).startsWith(`'${words}`)).toBe(true);
  });

  it("keeps commas, quotes and line ends inside of a cell, and negative numbers numbers", () => {
    expect(line(['a,"b"\n', -1.5])).toBe('"a,""b""\n",-1.5\r\n');
  });
});
