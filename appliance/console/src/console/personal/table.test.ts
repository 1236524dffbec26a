import { expect, it } from "vitest";

import { crossed } from "./table";

it("sums rows and columns, with what never met as nothing", () => {
  const table = crossed([
    { row: "手机", column: "web", count: 3 },
    { row: "地址", column: "voice", count: 2 },
    { row: "手机", column: "web", count: 1 },
  ]);
  expect(table).toEqual({
    columns: ["web", "voice"],
    rows: [
      { name: "手机", counts: [4, 0], sum: 4 },
      { name: "地址", counts: [0, 2], sum: 2 },
    ],
    sums: [4, 2],
    sum: 6,
  });
});

it("has nothing in it where nothing was found", () => {
  expect(crossed([])).toEqual({ columns: [], rows: [], sums: [], sum: 0 });
});
