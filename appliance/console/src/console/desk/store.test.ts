import { describe, expect, it } from "vitest";

import type { Talk } from "./frames";
import { told } from "./store";

const talk = (conversation_id: string, last_at: string): Talk => ({
  conversation_id,
  channel: "web",
  holder: "bot",
  agent_id: null,
  badge: null,
  started_at: last_at,
  last_at,
});

describe("what lives", () => {
  it("is what was told, with what moved first and without what is gone", () => {
    const before = told([], [talk("a", "2026-01-01"), talk("b", "2026-01-02"), talk("c", "2026-01-03")], []);
    expect(before.map((each) => each.conversation_id)).toEqual(["c", "b", "a"]);
    const after = told(before, [talk("a", "2026-01-04")], ["b"]);
    expect(after.map((each) => each.conversation_id)).toEqual(["a", "c"]);
    expect(before).toHaveLength(3);
  });
});
