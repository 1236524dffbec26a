import { createApp } from "vue";
import { describe, expect, it } from "vitest";

import type { Chat } from "../chat/chat";
import type { Place } from "../chat/frames";
import { emptyTalk } from "../chat/talk";
import type { Talk } from "../chat/talk";
import Floor from "./Floor.vue";
import Rating from "./Rating.vue";
import { wordsIn } from "./words";

const words = wordsIn("zh-CN");

function mounted(component: object, props: Record<string, unknown>): HTMLElement {
  const place = document.createElement("div");
  createApp(component, props).mount(place);
  return place;
}

function floor(talk: Partial<Talk>, state = "open"): HTMLElement {
  const chat = { shown: { talk: { ...emptyTalk(), ...talk }, state } } as unknown as Chat;
  return mounted(Floor, { chat, words, language: "zh-CN" });
}

function lines(talk: Partial<Talk>): (string | null)[] {
  return [...floor(talk).querySelectorAll("p")].map(({ textContent }) => textContent);
}

function place(position: number | null, estimate_s: number | null, opens_at: string | null = null): Place {
  return { position, estimate_s, opens_at };
}

describe("who waits for a person", () => {
  it.each([
    ["is asked for a moment until his place is known", null, ["正在为您转接人工客服", "请稍候"]],
    ["reads his place and how long it takes", place(3, 720), ["正在排队，您是第3位", "预计约12分钟后接通"]],
    ["reads that he is next", place(1, 60), ["正在排队，下一位就是您", "预计约1分钟后接通"]],
    ["reads no estimate where nobody is there", place(2, null), ["正在排队，您是第2位", "客服上线后按顺序接待您"]],
  ])("%s", (_, at, read) => {
    expect(lines({ holder: "nobody", place: at })).toEqual(read);
  });

  it("reads out of hours when people are there again", () => {
    const [first, second] = lines({ holder: "nobody", place: place(null, null, "2026-11-27T01:00:00Z") });
    expect(first).toBe("现在不是人工服务时间");
    expect(second).toMatch(/^11月2[67]日 ?\d\d:00起按顺序联系您$/);
  });

  it("may leave, as long as somebody hears it", () => {
    expect(floor({ holder: "nobody" }).querySelector("button")?.disabled).toBe(false);
    expect(floor({ holder: "nobody" }, "waiting").querySelector("button")?.disabled).toBe(true);
  });
});

describe("who is served", () => {
  it("reads by whom, and has no queue to leave", () => {
    const shown = floor({ holder: "agent", badge: "801" });
    expect(lines({ holder: "agent", badge: "801" })).toEqual(["人工客服801号", "正在为您服务"]);
    expect(shown.querySelector("button")).toBeNull();
  });
});

describe("a rating", () => {
  it("names each score, and shows the one that was given among the same five", () => {
    const open = mounted(Rating, { words, score: null, isOpen: true });
    const given = mounted(Rating, { words, score: 4, isOpen: false });
    const names = (shown: HTMLElement) => [...shown.querySelectorAll("button")].map(({ textContent }) => textContent);
    expect(names(open)).toEqual(["1分很不满意", "2分不满意", "3分一般", "4分满意", "5分非常满意"]);
    expect(names(given)).toEqual(names(open));
    expect(given.querySelector("[aria-pressed=true]")?.textContent).toBe("4分满意");
    expect([open, given].map((shown) => shown.querySelector(".thanks")?.textContent)).toEqual(["", "谢谢您的评价"]);
  });
});
