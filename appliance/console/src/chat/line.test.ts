import { beforeEach, describe, expect, it } from "vitest";

import { Hands } from "./fakes";
import type { Wire } from "./fakes";
import type { Outgoing, Refusal, ServerFrame, Visible } from "./frames";
import { FIRST_WAIT_MS, Line, LONGEST_WAIT_MS, OPENING_MS, RETRY_MS, SILENCE_MS } from "./line";
import type { State } from "./line";

let hands: Hands;
let line: Line;
let states: State[];
let events: number[];
let accepted: string[];
let refused: Refusal[];
let endings: string[];
let places: (number | null)[];
let typed: number;

const WELCOME = { type: "welcome", conversation_id: "c", expires_at: "2026-11-27T00:00:00Z" } as const;

function event(seq: number, own?: string): ServerFrame {
  const shown: Visible = { seq, at: "2026-11-26T00:00:00Z", kind: "message", speaker: own ? "customer" : "bot", text: "" };
  return { type: "event", event: own ? { ...shown, client_message_id: own } : shown };
}

function message(id: string): Outgoing {
  return { type: "message", id, text: id };
}

function opened(): Wire {
  line.open();
  hands.last.says(WELCOME);
  return hands.last;
}

beforeEach(() => {
  hands = new Hands();
  [states, events, accepted, refused, endings, places, typed] = [[], [], [], [], [], [], 0];
  line = new Line("ws://a/ws", "t0", hands, {
    state: (state) => states.push(state),
    event: ({ seq }) => events.push(seq),
    place: ({ position }) => places.push(position),
    typing: () => {
      typed += 1;
    },
    accepted: (id) => accepted.push(id),
    refused: (refusal) => refused.push(refusal),
    expiresAt: () => undefined,
    ended: (why) => endings.push(why),
  });
});

describe("opening", () => {
  it("proves by a subprotocol whose conversation it is, never by the address", () => {
    opened();
    expect(hands.last.protocols).toEqual(["appliance.chat.v1", "access.t0"]);
    expect(hands.last.url).toBe("ws://a/ws?after=0");
    expect(states).toEqual(["connecting", "open"]);
  });

  it("opens no second line beside one that is open or opening", () => {
    line.open();
    line.open();
    hands.last.says(WELCOME);
    line.open();
    expect(hands.wires).toHaveLength(1);
  });

  it("gives up on an opening that takes too long, and tries again", () => {
    line.open();
    hands.pass(OPENING_MS + FIRST_WAIT_MS);
    expect(hands.wires).toHaveLength(2);
    expect(hands.wires[0]?.isClosed).toBe(true);
  });
});

describe("a line that breaks", () => {
  it("comes back after what was seen last, with the wait doubled each time up to a limit", () => {
    opened().says(event(7));
    const waits: number[] = [];
    for (let time = 0; time < 8; time += 1) {
      hands.last.breaks();
      const before = hands.wires.length;
      let waited = 0;
      while (hands.wires.length === before) {
        hands.pass(250);
        waited += 250;
      }
      waits.push(waited);
    }
    expect(hands.last.url).toBe("ws://a/ws?after=7");
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, LONGEST_WAIT_MS, LONGEST_WAIT_MS, LONGEST_WAIT_MS]);
  });

  it("spreads the waits, so that not everybody comes back at once", () => {
    hands.luck = 0;
    opened().breaks();
    hands.pass(FIRST_WAIT_MS / 2);
    expect(hands.wires).toHaveLength(2);
  });

  it("begins with a short wait again once it was open", () => {
    opened().breaks();
    hands.pass(FIRST_WAIT_MS);
    hands.last.says(WELCOME);
    hands.last.breaks();
    hands.pass(FIRST_WAIT_MS);
    expect(hands.wires).toHaveLength(3);
  });

  it("does not wait when told that the network is back", () => {
    opened().breaks();
    line.open();
    expect(hands.wires).toHaveLength(2);
  });

  it("is taken for dead when nothing comes for long, but not while the other side says it is there", () => {
    const wire = opened();
    hands.pass(SILENCE_MS - 1);
    wire.says({ type: "ping" });
    hands.pass(SILENCE_MS - 1);
    expect(line.state).toBe("open");
    hands.pass(1);
    expect(line.state).toBe("waiting");
    expect(wire.isClosed).toBe(true);
  });

  it("shows nothing twice, whatever comes again", () => {
    opened().says(event(1));
    hands.last.says(event(2));
    hands.last.breaks();
    hands.pass(FIRST_WAIT_MS);
    hands.last.says(WELCOME);
    for (const seq of [1, 2, 3, 3]) hands.last.says(event(seq));
    expect(events).toEqual([1, 2, 3]);
  });

  it("takes nothing from a wire that it has let go of", () => {
    const old = opened();
    old.breaks();
    hands.pass(FIRST_WAIT_MS);
    old.says(event(1));
    expect(events).toEqual([]);
  });
});

describe("what is said", () => {
  it("waits until the line is open, and goes in order", () => {
    line.say(message("a"));
    line.say(message("b"));
    expect(hands.last.sent).toEqual([]);
    hands.last.says(WELCOME);
    expect(hands.last.sent.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it("is sent again under its id after a break, until it is acknowledged", () => {
    opened();
    line.say(message("a"));
    line.say(message("b"));
    hands.last.says({ type: "ack", id: "a", duplicate: false });
    hands.last.breaks();
    hands.pass(FIRST_WAIT_MS);
    hands.last.says(WELCOME);
    expect(hands.last.sent.map(({ id }) => id)).toEqual(["b"]);
    expect(accepted).toEqual(["a"]);
  });

  it("counts as stored when it comes back as an event, though the acknowledgement was lost", () => {
    opened();
    line.say(message("a"));
    hands.last.says(event(3, "a"));
    hands.last.breaks();
    hands.pass(FIRST_WAIT_MS);
    hands.last.says(WELCOME);
    expect(hands.last.sent).toEqual([]);
    expect(accepted).toEqual(["a"]);
  });

  it("is not sent again when it was refused", () => {
    opened();
    line.say(message("a"));
    hands.last.says({ type: "error", code: "too_large", detail: "", status: 413, id: "a" });
    hands.last.breaks();
    hands.pass(FIRST_WAIT_MS);
    hands.last.says(WELCOME);
    expect(refused.map(({ id }) => id)).toEqual(["a"]);
    expect(hands.last.sent).toEqual([]);
  });

  it("is sent again a little later when it was refused for the moment only", () => {
    const wire = opened();
    line.say(message("a"));
    wire.says({ type: "error", code: "too_many_requests", detail: "", status: 429, id: "a", retryable: true });
    hands.pass(RETRY_MS);
    expect(wire.sent.map(({ id }) => id)).toEqual(["a", "a"]);
    expect(refused).toEqual([]);
  });
});

describe("what is told at once or not at all", () => {
  it("goes out while the line is open, and is not kept for later", () => {
    line.open();
    expect(line.signal({ type: "leave_queue" })).toBe(false);
    hands.last.says(WELCOME);
    expect(line.signal({ type: "rate", score: 5 })).toBe(true);
    expect(hands.last.sent).toEqual([{ type: "rate", score: 5 }]);
    expect(line.waiting).toEqual([]);
  });

  it("comes from the other side, too", () => {
    const wire = opened();
    wire.says({ type: "queue", position: 2, estimate_s: 360, opens_at: null });
    wire.says({ type: "queue", position: null, estimate_s: null, opens_at: "2026-11-27T01:00:00Z" });
    wire.says({ type: "typing" });
    expect([places, typed]).toEqual([[2, null], 1]);
  });
});

describe("the end", () => {
  it.each([
    [4400, "refused"],
    [4401, "expired"],
    [4403, "refused"],
    [4404, "gone"],
  ])("comes with %i, and nothing is tried again", (code, why) => {
    opened().breaks(code);
    hands.pass(LONGEST_WAIT_MS * 4);
    line.open();
    expect(endings).toEqual([why]);
    expect(hands.wires).toHaveLength(1);
  });

  it.each([1001, 1006, 1009, 1011, 1012, 1013, 4408])("does not come with %i", (code) => {
    opened().breaks(code);
    hands.pass(FIRST_WAIT_MS);
    expect(endings).toEqual([]);
    expect(hands.wires).toHaveLength(2);
  });

  it("is quiet when the page closes the line itself", () => {
    opened();
    line.close();
    hands.pass(LONGEST_WAIT_MS * 4);
    expect(endings).toEqual([]);
    expect(hands.wires).toHaveLength(1);
    expect(line.state).toBe("closed");
  });

  it("is put off by another token, with which the line is opened anew at once", () => {
    opened().says(event(4));
    line.renew("t1");
    line.reopen();
    expect(hands.last.protocols).toContain("access.t1");
    expect(hands.last.url).toBe("ws://a/ws?after=4");
  });
});

describe("what is not known", () => {
  it.each([["not json"], ["null"], ["[]"], ['{"type":"agent_typing"}'], ['{"event":1}']])("is passed over: %s", (raw) => {
    const wire = opened();
    wire.onmessage?.({ data: raw });
    expect([events, refused, line.state]).toEqual([[], [], "open"]);
  });
});
