/** Which of what is done without now the person before this console is told, and in which words. Pure. */

import type { Permission } from "../api/access";
import type { Refused } from "../api/client";
import type { Rung, Standing } from "../api/operations";

const AUDIENCES = {
  desk: "conversation:reply",
  decides: "case:approve",
  security: "staff:approve",
  audit: "audit:read",
  everybody: null,
} as const satisfies Record<string, Permission | null>;

type Audience = keyof typeof AUDIENCES;
export type Said = Record<Audience, Partial<Record<Rung, string>>>;

/** Who runs the installation is told everything, in the words of its page of health. */
const RUNS: Permission = "system:read";

export function sentence(
  rung: Rung,
  may: (permission: Permission) => boolean,
  said: Said,
  ofHealth: Record<Rung, string>,
): string | null {
  if (may(RUNS)) return ofHealth[rung];
  for (const [audience, permission] of Object.entries(AUDIENCES)) {
    const words = said[audience as Audience][rung];
    if (words !== undefined && (permission === null || may(permission))) return words;
  }
  return null;
}

/** What stands when it could not be asked: what stood before, and the database, if it is that which is away. */
export function whenRefused(before: Standing[], refused: Refused, now: string): Standing[] {
  if (refused.status !== 503 || before.some((each) => each.rung === "waiting_for_database")) return before;
  return [{ rung: "waiting_for_database", since: now }, ...before];
}
