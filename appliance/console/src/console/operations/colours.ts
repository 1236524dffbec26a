/** How grades and states look. */

import type { Grade, State } from "../api/operations";

type Colour = "success" | "warning" | "danger" | "info";

export const OF_GRADE: Record<Grade, Colour> = { ok: "success", warning: "warning", wrong: "danger", skipped: "info" };

const OF_STATE: Partial<Record<State, Colour>> = { well: "success", failing: "danger", none: "warning" };

export function ofState(state: State): Colour {
  return OF_STATE[state] ?? "info";
}
