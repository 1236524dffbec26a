import { beforeEach, describe, expect, it } from "vitest";

import { customerIn, Memory } from "./memory";
import type { Kept } from "./memory";

const NOW = new Date("2026-11-26T00:00:00Z");
const KEPT: Kept = {
  conversation_id: "c",
  access_token: "t",
  expires_at: "2026-11-26T01:00:00Z",
  ai_label: "本服务由人工智能提供",
  who: "U1",
};

/** A token as a shop signs it; nobody here looks at the signature. */
function token(claims: object): string {
  return `h.${btoa(JSON.stringify(claims)).replaceAll("+", "-").replaceAll("/", "_")}.s`;
}

beforeEach(() => {
  localStorage.clear();
});

describe("memory", () => {
  it("goes on with the conversation of the same customer", () => {
    new Memory("demo", localStorage).keep(KEPT);
    expect(new Memory("demo", localStorage).recall("U1", NOW)).toEqual(KEPT);
  });

  it.each([
    ["another customer", "demo", "U2", NOW],
    ["a stranger", "demo", "", NOW],
    ["another shop", "other", "U1", NOW],
    ["after its token has ended", "demo", "U1", new Date("2026-11-26T01:00:00Z")],
  ])("has nothing for %s", (_, shop, who, at) => {
    new Memory("demo", localStorage).keep(KEPT);
    expect(new Memory(shop, localStorage).recall(who, at)).toBeNull();
  });

  it("forgets for good what somebody else was asked for", () => {
    const memory = new Memory("demo", localStorage);
    memory.keep(KEPT);
    memory.recall("U2", NOW);
    expect(memory.recall("U1", NOW)).toBeNull();
  });

  it.each(["", "nonsense", "[]", '{"who":"U1"}'])("passes over what it has not written: %s", (found) => {
    localStorage.setItem("aftersales-chat:demo", found);
    expect(new Memory("demo", localStorage).recall("U1", NOW)).toBeNull();
  });

  it("does without a browser that keeps nothing", () => {
    const memory = new Memory("demo", null);
    memory.keep(KEPT);
    expect(memory.recall("U1", NOW)).toBeNull();
  });
});

describe("whose token it is", () => {
  it("is told by its subject, whatever else changes in it", () => {
    expect(customerIn(token({ sub: "U1", jti: "a" }))).toBe("U1");
    expect(customerIn(token({ sub: "U1", jti: "b" }))).toBe("U1");
    expect(customerIn(null)).toBe("");
  });

  it("is told by the whole of what is no such token", () => {
    expect(customerIn("opaque")).toBe("opaque");
  });
});
