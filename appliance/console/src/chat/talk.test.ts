import { beforeEach, describe, expect, it } from "vitest";

import type { Holder, Visible } from "./frames";
import { add, emptyTalk, find, isConfirmation, isOpenToPress, isOpenToRate, take } from "./talk";
import type { Entry, Talk } from "./talk";

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
    expect(talk.entries.map((entry) => isOpenToPress(talk, entry))).toEqual([false]);
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

describe("who has the floor", () => {
  const PLACE = { position: 2, estimate_s: 360, opens_at: null };

  function owner(holder: Holder, text: string, badge: string | null = null): boolean {
    return come({ kind: "owner", speaker: "system", holder, text, badge });
  }

  it("is nobody from the hand-off on, until an agent is there", () => {
    expect(come({ kind: "handoff", speaker: "system" })).toBe(false);
    talk.place = PLACE;
    expect([talk.holder, talk.place]).toEqual(["nobody", PLACE]);
    expect(owner("agent", "人工客服801号为您服务。", "801")).toBe(true);
    expect([talk.holder, talk.badge, talk.place]).toEqual(["agent", "801", null]);
    expect(talk.entries.map(({ kind, text }) => [kind, text])).toEqual([["owner", "人工客服801号为您服务。"]]);
  });

  it("is the bot again when it was handed back, and what it offers can be pressed", () => {
    owner("agent", "人工客服801号为您服务。", "801");
    owner("bot", "接下来由智能客服继续为您服务。");
    come({ text: "还要办什么？", quick_replies: [{ label: "退货", payload: "flow:return" }] });
    const asked = talk.entries.at(-1);
    expect([talk.holder, talk.badge, asked && isOpenToPress(talk, asked)]).toEqual(["bot", null, true]);
  });

  it("is the bot where too many wait already", () => {
    come({ kind: "handoff", speaker: "system" });
    come({ speaker: "system", text: "现在排队的客户太多", holder: "bot" });
    expect([talk.holder, texts()]).toEqual(["bot", ["现在排队的客户太多"]]);
  });

  it("keeps the place of who was told of it before the hand-off itself", () => {
    talk.place = PLACE;
    come({ kind: "handoff", speaker: "system" });
    expect(talk.place).toEqual(PLACE);
  });

  it("changes without a word where there are none", () => {
    expect(owner("bot", "")).toBe(false);
    expect(talk.entries).toEqual([]);
  });

  it("shows who said what, and ends his typing", () => {
    owner("agent", "", "801");
    talk.isAgentTyping = true;
    come({ speaker: "agent", text: "我来看看", badge: "801" });
    expect([talk.entries[0]?.side, talk.entries[0]?.badge, talk.isAgentTyping]).toEqual(["agent", "801", false]);
  });
});

describe("a rating", () => {
  function asked(): Entry {
    come({ kind: "rating", speaker: "system", text: "请打个分", awaiting: "rating" });
    const entry = talk.entries.at(-1);
    if (entry === undefined) throw new Error("nothing was shown");
    return entry;
  }

  it("is open until it is stored, whatever else is said", () => {
    const entry = asked();
    come({ speaker: "customer", client_message_id: "a", text: "还有一件事" });
    expect(isOpenToRate(talk, entry)).toBe(true);
    expect(come({ kind: "rating", speaker: "customer", score: 4 })).toBe(false);
    expect([entry.score, isOpenToRate(talk, entry), talk.entries.length]).toEqual([4, false, 2]);
  });

  it("is of the service that ended last", () => {
    const [first, second] = [asked(), asked()];
    come({ kind: "rating", speaker: "customer", score: 5 });
    expect([isOpenToRate(talk, first), first.score, second.score]).toEqual([false, null, 5]);
  });

  it("is not asked for where the service just ends", () => {
    come({ kind: "rating", speaker: "system", text: "本次人工服务已经结束", awaiting: null });
    expect(talk.entries.map(({ kind }) => kind)).toEqual(["notice"]);
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
