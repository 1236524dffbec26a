import { beforeEach, describe, expect, it } from "vitest";

import type { Visible } from "./frames";
import { add, emptyTalk, find, isConfirmation, isOpenToPress, take } from "./talk";
import type { Talk } from "./talk";

const AT = "2026-11-26T00:00:00Z";
let talk: Talk;
let seq: number;

function come(event: Partial<Visible>): boolean {
  seq += 1;
  return take(talk, { seq, at: AT, kind: "message", speaker: "bot", ...event });
}

function texts(): string[] {
  return talk.entries.map(({ text }) => text);
}

beforeEach(() => {
  talk = emptyTalk();
  seq = 0;
});

describe("what the customer says", () => {
  it("stands there at once, and moves to where the log has it", () => {
    add(talk, { key: "a", kind: "text", text: "一", at: AT });
    come({ text: "机器人先说的" });
    expect(find(talk, "a")?.delivery).toBe("sending");
    come({ speaker: "customer", client_message_id: "a", text: "一" });
    expect(texts()).toEqual(["机器人先说的", "一"]);
    expect(find(talk, "a")?.delivery).toBe("stored");
  });

  it("stays behind what is stored while it is under way", () => {
    add(talk, { key: "a", kind: "text", text: "一", at: AT });
    add(talk, { key: "b", kind: "text", text: "二", at: AT });
    come({ speaker: "customer", client_message_id: "b", text: "二" });
    expect(texts()).toEqual(["二", "一"]);
  });

  it("shows a masked wording where the log has one", () => {
    add(talk, { key: "a", kind: "text", text: "我的电话13800138000", at: AT });
    come({ speaker: "customer", client_message_id: "a", text: "我的电话⟨手机1⟩" });
    expect(texts()).toEqual(["我的电话⟨手机1⟩"]);
  });

  it("is named by its button after the page was loaded anew", () => {
    come({ text: "哪一件？", cards: [{ title: "床头灯", payload: "slot:line=L1" }] });
    come({ speaker: "customer", client_message_id: "a", payload: "slot:line=L1" });
    expect(texts()).toEqual(["哪一件？", "床头灯"]);
  });
});

describe("what can be pressed", () => {
  it("is open until the customer says something", () => {
    come({ text: "确认吗？", quick_replies: [{ label: "确认提交", payload: "affirm:0a1b" }] });
    const asked = talk.entries[0];
    if (asked === undefined) throw new Error("nothing was shown");
    expect(isOpenToPress(talk, asked)).toBe(true);
    add(talk, { key: "a", kind: "text", text: "等等", at: AT });
    expect(isOpenToPress(talk, asked)).toBe(false);
  });

  it("is closed once a person has taken over", () => {
    come({ text: "确认吗？", quick_replies: [{ label: "确认提交", payload: "affirm:0a1b" }] });
    come({ kind: "handoff", speaker: "system" });
    expect(talk.entries.map((entry) => isOpenToPress(talk, entry))).toEqual([false, false]);
  });

  it("is a confirmation only with the hash of a quote", () => {
    expect(isConfirmation({ label: "确认提交", payload: "affirm:0a1b" })).toBe(true);
    expect(isConfirmation({ label: "是的", payload: "affirm" })).toBe(false);
  });
});

describe("whether the bot is at it", () => {
  it("begins with what the customer says and ends with the turn", () => {
    come({ speaker: "customer", client_message_id: "a", text: "退货" });
    expect(talk.isAnswering).toBe(true);
    come({ text: "好的" });
    expect(talk.isAnswering).toBe(true);
    come({ kind: "state", speaker: "system", awaiting: "line" });
    expect([talk.isAnswering, talk.awaiting]).toEqual([false, "line"]);
  });

  it("goes on while a receipt is awaited", () => {
    come({ kind: "state", speaker: "system", awaiting: "receipt" });
    expect(talk.isAnswering).toBe(true);
  });

  it("is over when a person takes over", () => {
    come({ speaker: "customer", client_message_id: "a", text: "转人工" });
    come({ kind: "handoff", speaker: "system" });
    come({ speaker: "customer", client_message_id: "b", text: "在吗" });
    expect(talk.isAnswering).toBe(false);
  });
});

describe("what is new to read", () => {
  it("is what others say, and nothing else", () => {
    expect(come({ text: "您好" })).toBe(true);
    expect(come({ speaker: "agent", text: "我是客服" })).toBe(true);
    expect(come({ speaker: "customer", client_message_id: "a", text: "你好" })).toBe(false);
    expect(come({ kind: "state", speaker: "system" })).toBe(false);
  });

  it("is nothing of a kind that is not known", () => {
    expect(come({ kind: "weather", speaker: "system", text: "晴" })).toBe(false);
    expect(talk.entries).toEqual([]);
  });
});
