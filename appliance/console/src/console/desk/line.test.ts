import { beforeEach, describe, expect, it, vi } from "vitest";

import { DeskLine, BEAT_MS, LONGEST_WAIT_MS, PROTOCOL, RETRY_MS, SILENCE_MS } from "./line";
import type { LineState } from "./line";
import type { Say, ServerFrame } from "./frames";
import type { Socket, World } from "../../chat/line";

class Fake implements Socket {
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readonly sent: unknown[] = [];
  isClosed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }

  gives(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  says(type: string): unknown[] {
    return this.sent.filter((frame) => (frame as { type: string }).type === type);
  }
}

const sockets: Fake[] = [];
const offered: string[][] = [];
const world: World = {
  open: (_url, protocols) => {
    offered.push(protocols);
    sockets.push(new Fake());
    return last();
  },
  later: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => {
      clearTimeout(timer);
    };
  },
  chance: () => 1,
};
const states: LineState[] = [];
const frames: ServerFrame[] = [];
const refusals: [string, string][] = [];
const listener = {
  state: (state: LineState) => states.push(state),
  frame: (frame: ServerFrame) => frames.push(frame),
  refused: (say: Say, code: string) => refusals.push([say.id, code]),
};
const WELCOME = { type: "welcome", staff_id: "s", seat: null };
const SAY: Say = { type: "message", id: "a-1", conversation_id: "c", token: 3, text: "您好" };

function last(): Fake {
  const found = sockets.at(-1);
  if (found === undefined) throw new Error("no socket was opened");
  return found;
}

function opened(): DeskLine {
  const line = new DeskLine("wss://a/ws", "token", world, listener);
  line.open();
  last().gives(WELCOME);
  return line;
}

function breaks(code = 1006): void {
  last().onclose?.({ code });
  vi.advanceTimersByTime(LONGEST_WAIT_MS);
}

describe("the line to the desk", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    for (const list of [sockets, offered, states, frames, refusals]) list.length = 0;
  });

  it("shows the token of the session and gives signs of life", () => {
    opened();
    vi.advanceTimersByTime(BEAT_MS);
    expect(offered).toEqual([[PROTOCOL, "csrf.token"]]);
    expect(last().says("ping")).toHaveLength(2);
  });

  it("sends what was not acknowledged again, under the same id", () => {
    const line = opened();
    line.say(SAY);
    breaks();
    last().gives(WELCOME);
    last().gives({ type: "ack", id: "a-1", seq: 9, duplicate: true });
    breaks();
    last().gives(WELCOME);
    expect(sockets.map((socket) => socket.says("message"))).toEqual([[SAY], [SAY], []]);
  });

  it("takes what stands in the log for stored, though no acknowledgement came", () => {
    const line = opened();
    line.say(SAY);
    const event = { seq: 9, at: "", type: "agent.said", data: { client_message_id: "a-1" }, words: "您好" };
    last().gives({ type: "event", conversation_id: "c", event });
    expect(line.waiting).toEqual([]);
  });

  it("says what was said while it was down once it is up", () => {
    const line = opened();
    last().onclose?.({ code: 1006 });
    line.say(SAY);
    vi.advanceTimersByTime(LONGEST_WAIT_MS);
    last().gives(WELCOME);
    expect(last().says("message")).toEqual([SAY]);
  });

  it("asks for what it looks into after the last event that was seen", () => {
    const line = opened();
    line.watch("c", 0);
    last().gives({ type: "event", conversation_id: "c", event: { seq: 7, at: "", type: "x", data: {}, words: null } });
    breaks();
    last().gives(WELCOME);
    expect(last().says("watch")).toEqual([{ type: "watch", conversation_id: "c", after: 7 }]);
  });

  it("keeps what was refused for the moment, and gives back what was refused for good", () => {
    const line = opened();
    line.say(SAY);
    last().gives({ type: "error", id: "a-1", code: "unavailable", detail: "", status: 503, retryable: true });
    vi.advanceTimersByTime(RETRY_MS);
    expect(last().says("message")).toHaveLength(2);
    last().gives({ type: "error", id: "a-1", code: "not_the_owner", detail: "", status: 409, retryable: false });
    expect(refusals).toEqual([["a-1", "not_the_owner"]]);
    expect(line.waiting).toEqual([]);
  });

  it("takes a silent line for dead", () => {
    opened();
    vi.advanceTimersByTime(SILENCE_MS + LONGEST_WAIT_MS);
    expect(sockets.length).toBeGreaterThan(1);
  });

  it("is not opened again once the session is over", () => {
    opened();
    breaks(4401);
    expect(states.at(-1)).toBe("ended");
    expect(sockets).toHaveLength(1);
  });
});
