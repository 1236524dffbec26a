import { describe, expect, it } from "vitest";

import type { Standing } from "./api";
import { isDone, nextOf, PARTS, stateOf } from "./parts";

const NOTHING: Standing = {
  has_persona: false,
  has_own_hours: false,
  is_connected: false,
  is_embedded: false,
  is_answered: false,
  agents: { proposed: 2, invited: 1, active: 0, disabled: 0 },
  seats: 0,
  is_live: false,
};
const ALL: Standing = {
  has_persona: true,
  has_own_hours: true,
  is_connected: true,
  is_embedded: true,
  is_answered: true,
  agents: { proposed: 0, invited: 0, active: 1, disabled: 0 },
  seats: 1,
  is_live: true,
};

describe("the steps of the assistant", () => {
  it("counts what is there, not what was asked for", () => {
    expect(PARTS.filter((part) => isDone(part, NOTHING))).toEqual([]);
    expect(PARTS.filter((part) => isDone(part, ALL))).toEqual([...PARTS]);
  });

  it("calls a step done that was skipped and done after all", () => {
    expect(stateOf("hours", NOTHING, ["hours"])).toBe("skipped");
    expect(stateOf("hours", ALL, ["hours"])).toBe("done");
  });

  it("leads to what is open, also back to what was passed over, and never gets stuck", () => {
    expect(nextOf("persona", NOTHING, [])).toBe("orders");
    expect(nextOf("persona", { ...NOTHING, is_connected: true }, [])).toBe("hours");
    expect(nextOf("test", { ...NOTHING, is_answered: true }, ["hours", "agents", "widget"])).toBe("persona");
    expect(nextOf("persona", NOTHING, [...PARTS])).toBe("orders");
    expect(nextOf("test", ALL, [])).toBe("test");
  });
});
