import { describe, expect, it } from "vitest";

import { lines, payloadOf } from "./talk";
import type { LogEvent } from "./frames";

function event(seq: number, type: string, words: string | null = null, data: Record<string, unknown> = {}): LogEvent {
  return { seq, at: "2026-06-10T15:00:00+08:00", type, words, data };
}

describe("what stands on the screen", () => {
  it("is everything that was said, by whom", () => {
    const found = lines([
      event(1, "conversation.started", "您好"),
      event(2, "customer.said", "转人工"),
      event(3, "bot.said", "好的", { key: "handoff" }),
      event(4, "ticket.drawn", null, { group: "general" }),
      event(5, "agent.said", "您好，我是1024号", { badge: "1024" }),
      event(6, "note.made", "老顾客"),
    ]);
    expect(found.map(({ speaker, text }) => [speaker, text])).toEqual([
      ["customer", "转人工"],
      ["bot", "好的"],
      ["agent", "您好，我是1024号"],
      ["note", "老顾客"],
    ]);
  });

  it("says what a caller did not hear to its end", () => {
    const found = lines([
      event(3, "bot.said", "一"),
      event(4, "bot.said", "二"),
      event(5, "bot.heard", null, { said_seq: 3, sentences: 2, of: 2 }),
      event(6, "bot.heard", null, { said_seq: 4, sentences: 0, of: 3 }),
    ]);
    expect(found.map(({ cut }) => cut)).toEqual([undefined, { sentences: 0, of: 3 }]);
  });

  it("says how a caller's voice sounded, where that says anything", () => {
    const found = lines([event(2, "customer.said", "快一点", { sounds: "angry" }), event(3, "customer.said", "好的")]);
    expect(found.map(({ sounds }) => sounds)).toEqual(["angry", undefined]);
  });

  it("marks the answer that was said to be wrong", () => {
    const found = lines([event(3, "bot.said", "一"), event(4, "bot.said", "二"), event(5, "answer.marked", null, { said_seq: 4 })]);
    expect(found.map(({ isMarked }) => isMarked)).toEqual([false, true]);
  });

  it("shows no body that was made for machines", () => {
    expect(lines([event(3, "handoff.made", '{"flow":null}', { reason: "customer_asked" })])[0]?.text).toBe("");
    expect(lines([event(3, "service.ended", "感谢您")])[0]?.text).toBe("感谢您");
  });

  it("ends with what is on its way", () => {
    const found = lines([event(1, "customer.said", "在吗")], [
      { type: "message", id: "a-1", conversation_id: "c", token: 1, text: "在的" },
    ]);
    expect(found.map(({ text, seq }) => [text, seq])).toEqual([
      ["在吗", 1],
      ["在的", null],
    ]);
  });
});

describe("what was pressed", () => {
  it.each([
    ["flow:return_refund", { kind: "flow", name: "return_refund", value: "return_refund" }],
    ["slot:reason=damaged", { kind: "slot", name: "reason", value: "damaged" }],
    ["slot:order=2026=1", { kind: "slot", name: "order", value: "2026=1" }],
    ["deny", { kind: "deny", name: "", value: "" }],
    ["something", { kind: "other", name: "", value: "something" }],
  ])("%s", (pressed, expected) => {
    expect(payloadOf(pressed)).toEqual(expected);
  });
});
