import { expect, it } from "vitest";

import type { Permission } from "../api/access";
import { Refused } from "../api/client";
import type { Rung } from "../api/operations";
import { en } from "../words/en";
import { zh } from "../words/zh";
import { sentence, whenRefused } from "./rungs";

const RUNGS = Object.keys(zh.operations.rungs) as Rung[];
const AGENT: Permission[] = ["conversation:reply"];
const APPROVER: Permission[] = ["case:approve"];
const OPERATOR: Permission[] = ["system:read"];

function told(holds: Permission[], words = zh): (string | null)[] {
  return RUNGS.map((rung) => sentence(rung, (each) => holds.includes(each), words.rungs, words.operations.rungs));
}

it.each([
  ["who serves customers", AGENT, RUNGS],
  ["who runs the installation", OPERATOR, RUNGS],
  ["who approves refunds", APPROVER, ["work_orders", "waiting_for_database", "no_money"]],
  ["who decides about accounts", ["staff:approve"], ["waiting_for_database", "no_money"]],
  ["who reads the audit log", ["audit:read"], ["waiting_for_database", "no_money"]],
  ["who does neither", ["policy:propose"], ["waiting_for_database"]],
] as [string, Permission[], Rung[]][])("tells %s what concerns him, in both languages", (_, holds, concerned) => {
  for (const words of [zh, en]) {
    const known = told(holds, words);
    expect(RUNGS.filter((_, at) => known[at] !== null)).toEqual(concerned);
  }
});

it("speaks to each in the words of his work", () => {
  const [agent, operator, approver] = [AGENT, OPERATOR, APPROVER].map((holds) => told(holds)[RUNGS.indexOf("no_money")]);
  expect(new Set([agent, operator, approver]).size).toBe(3);
  expect(told([...AGENT, ...APPROVER])).toEqual(told(AGENT));
});

it("says that the database is away when it is, keeps what stood, and says it once", () => {
  const before = [{ rung: "queue" as Rung, since: "2026-11-27T08:00:00Z" }];
  const away = new Refused(503, "unavailable", "away", true);
  const after = whenRefused(before, away, "2026-11-27T09:00:00Z");
  expect(after.map((each) => each.rung)).toEqual(["waiting_for_database", "queue"]);
  expect(whenRefused(after, away, "2026-11-27T09:00:10Z")).toBe(after);
  expect(whenRefused(before, new Refused(0, "unreachable", "gone", true), "2026-11-27T09:00:00Z")).toBe(before);
});
