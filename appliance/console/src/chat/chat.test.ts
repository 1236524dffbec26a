import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Chat, TELL_TYPING_MS, TYPING_MS } from "./chat";
import { Hands } from "./fakes";
import type { Wire } from "./fakes";

const AT = "2026-11-26T00:00:00Z";
const BEGUN = { conversation_id: "c", access_token: "t", expires_at: "2036-11-26T00:00:00Z", ai_label: "AI" };
let hands: Hands;
let chat: Chat;

async function served(): Promise<Wire> {
  await chat.begin();
  hands.last.says({ type: "welcome", conversation_id: "c", expires_at: BEGUN.expires_at });
  hands.last.says({
    type: "event",
    event: { seq: 1, at: AT, kind: "owner", speaker: "system", holder: "agent", badge: "801", text: "801号为您服务" },
  });
  return hands.last;
}

function told(wire: Wire): unknown[] {
  return wire.sent.map(({ type }) => type);
}

beforeEach(() => {
  hands = new Hands();
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(BEGUN))));
  chat = new Chat({ origin: "http://a", shop: "s", storage: null, world: hands, warn: () => undefined }, null);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("an agent who writes", () => {
  it("is seen to do so until he is quiet for a while", async () => {
    const wire = await served();
    wire.says({ type: "typing" });
    hands.pass(TYPING_MS - 1);
    wire.says({ type: "typing" });
    hands.pass(TYPING_MS - 1);
    expect(chat.shown.talk.isAgentTyping).toBe(true);
    hands.pass(1);
    expect(chat.shown.talk.isAgentTyping).toBe(false);
  });

  it("is not seen where he has the floor no more", async () => {
    const wire = await served();
    wire.says({ type: "event", event: { seq: 2, at: AT, kind: "owner", speaker: "system", holder: "bot" } });
    wire.says({ type: "typing" });
    expect(chat.shown.talk.isAgentTyping).toBe(false);
  });
});

describe("a customer who writes", () => {
  it("tells the agent now and then", async () => {
    const wire = await served();
    for (let key = 0; key < 5; key += 1) chat.typing();
    hands.pass(TELL_TYPING_MS);
    chat.typing();
    expect(told(wire)).toEqual(["typing", "typing"]);
  });

  it("tells nobody while the bot has the floor", async () => {
    const wire = await served();
    wire.says({ type: "event", event: { seq: 2, at: AT, kind: "owner", speaker: "system", holder: "bot" } });
    chat.typing();
    expect(told(wire)).toEqual([]);
  });
});

describe("the desk", () => {
  it("is told of a place that is given up and of a score", async () => {
    const wire = await served();
    wire.says({ type: "queue", position: 2, estimate_s: 360, opens_at: null });
    expect(chat.shown.talk.place?.position).toBe(2);
    chat.leaveQueue();
    chat.rate(4);
    expect(wire.sent).toEqual([{ type: "leave_queue" }, { type: "rate", score: 4 }]);
  });
});

describe("a conversation whose time has ended", () => {
  it("is followed by another one, and that is said", async () => {
    const wire = await served();
    chat.watch(true);
    wire.breaks(4401);
    await vi.waitFor(() => {
      expect(hands.wires).toHaveLength(2);
    });
    expect([chat.shown.isAnew, chat.shown.talk.entries]).toEqual([true, []]);
  });
});
