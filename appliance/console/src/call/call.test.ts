import { beforeEach, describe, expect, it } from "vitest";

import { Call, MOST_BUFFERED } from "./call";
import type { CallPlace, CallSocket } from "./call";
import { SoundFailed } from "./sound";
import type { Sound, SoundFlaw, SoundListener } from "./sound";

const PLACE: CallPlace = { address: "wss://a/call", token: "t" };

class FakeSound implements Sound {
  readonly done: string[] = [];
  isClosed = false;

  play(pcm: ArrayBuffer): void {
    this.done.push(`play ${String(pcm.byteLength)}`);
  }

  mark(mark: string): void {
    this.done.push(`mark ${mark}`);
  }

  flush(): void {
    this.done.push("flush");
  }

  close(): void {
    this.isClosed = true;
  }
}

class FakeSocket implements CallSocket {
  binaryType = "blob";
  bufferedAmount = 0;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((closed: { code: number }) => void) | null = null;
  readonly sent: (string | ArrayBuffer)[] = [];
  isClosed = false;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {}

  send(data: string | ArrayBuffer): void {
    this.sent.push(data);
  }

  close(): void {
    this.isClosed = true;
  }

  says(frame: Record<string, unknown>): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  get commands(): unknown[] {
    return this.sent.filter((each) => typeof each === "string").map((each) => JSON.parse(each) as unknown);
  }

  get sounds(): ArrayBuffer[] {
    return this.sent.filter((each) => each instanceof ArrayBuffer);
  }
}

let sound: FakeSound;
let sockets: FakeSocket[];
let listener: SoundListener;
let flaw: SoundFlaw | null;
let call: Call;

function loud(): ArrayBuffer {
  return new Int16Array(320).fill(1000).buffer;
}

function isSilent(pcm: ArrayBuffer | undefined): boolean {
  return pcm !== undefined && new Int16Array(pcm).every((each) => each === 0);
}

async function dialled(): Promise<FakeSocket> {
  await call.begin(() => Promise.resolve(PLACE));
  const socket = sockets.at(-1);
  if (socket === undefined) throw new Error("nothing was opened");
  return socket;
}

async function live(): Promise<FakeSocket> {
  const socket = await dialled();
  socket.says({ type: "begun", is_recorded: true, rate_hz: 16_000 });
  return socket;
}

beforeEach(() => {
  sound = new FakeSound();
  sockets = [];
  flaw = null;
  call = new Call({
    openSound: (heard) => {
      listener = heard;
      return flaw === null ? Promise.resolve(sound) : Promise.reject(new SoundFailed(flaw));
    },
    openSocket: (url, protocols) => {
      const socket = new FakeSocket(url, protocols);
      sockets.push(socket);
      return socket;
    },
  });
});

describe("a call", () => {
  it("is proven by the conversation's token, and live when the appliance says so", async () => {
    const socket = await dialled();
    expect([socket.url, socket.protocols, socket.binaryType]).toEqual([
      "wss://a/call",
      ["appliance.call.v1", "access.t"],
      "arraybuffer",
    ]);
    expect(call.shown.state).toBe("connecting");
    socket.says({ type: "begun", is_recorded: true, rate_hz: 16_000 });
    expect([call.shown.state, call.shown.isRecorded]).toEqual(["live", true]);
  });

  it("sends nothing before it is live, and then every frame", async () => {
    const socket = await dialled();
    listener.frame(loud(), 0.5);
    socket.says({ type: "begun", is_recorded: false, rate_hz: 16_000 });
    listener.frame(loud(), 0.5);
    expect(socket.sounds.length).toBe(1);
    expect(call.shown.level).toBe(0.5);
  });

  it("plays what comes, in order, and throws away what it is told to", async () => {
    const socket = await live();
    socket.onmessage?.({ data: new ArrayBuffer(640) });
    socket.says({ type: "mark", mark: "1" });
    socket.says({ type: "flush" });
    expect(sound.done).toEqual(["play 640", "mark 1", "flush"]);
    listener.played("1");
    expect(socket.commands).toEqual([{ type: "played", mark: "1" }]);
  });

  it("shows what is heard and said", async () => {
    const socket = await live();
    socket.says({ type: "turn", state: "hearing" });
    socket.says({ type: "heard", text: "我要退", is_final: false });
    expect([call.shown.turn, call.shown.heard]).toEqual(["hearing", "我要退"]);
    socket.says({ type: "says", text: "请问要退哪一件？" });
    expect(call.shown.says).toBe("请问要退哪一件？");
  });

  it("passes over what it does not know", async () => {
    const socket = await live();
    socket.onmessage?.({ data: "{" });
    socket.says({ type: "news", text: "x" });
    expect(call.shown.state).toBe("live");
  });

  it("sends silence while it is muted, and between presses", async () => {
    const socket = await live();
    call.mute(true);
    listener.frame(loud(), 0.5);
    expect([isSilent(socket.sounds.at(-1)), call.shown.level]).toEqual([true, 0]);
    call.mute(false);
    call.byPress(true);
    listener.frame(loud(), 0.5);
    expect(isSilent(socket.sounds.at(-1))).toBe(true);
    call.hold(true);
    listener.frame(loud(), 0.5);
    expect(isSilent(socket.sounds.at(-1))).toBe(false);
    call.hold(false);
    listener.frame(loud(), 0.5);
    expect(isSilent(socket.sounds.at(-1))).toBe(true);
  });

  it("leaves out sound that the network does not take", async () => {
    const socket = await live();
    socket.bufferedAmount = MOST_BUFFERED + 1;
    listener.frame(loud(), 0.5);
    expect(socket.sounds).toEqual([]);
  });

  it("passes on keys and the refusal of a recording, which it believes when it is told", async () => {
    const socket = await live();
    call.press("5");
    call.refuseRecording();
    expect(socket.commands).toEqual([{ type: "key", key: "5" }, { type: "refuse_recording" }]);
    expect(call.shown.isRecorded).toBe(true);
    socket.says({ type: "recording", is_on: false });
    expect(call.shown.isRecorded).toBe(false);
  });
});

describe("the end of a call", () => {
  it("is told to the appliance by who hangs up, and closes the microphone", async () => {
    const socket = await live();
    call.hangUp();
    expect(socket.commands).toEqual([{ type: "hang_up" }]);
    expect([socket.isClosed, sound.isClosed, call.shown.state, call.shown.how]).toEqual([true, true, "idle", "ended"]);
  });

  it.each(["ended", "people", "out_of_order"])("says that it was left as %s", async (how) => {
    const socket = await live();
    socket.says({ type: "left", how });
    expect([call.shown.state, call.shown.how, call.shown.trouble, sound.isClosed]).toEqual(["idle", how, null, true]);
  });

  it.each([
    ["lines_busy", "lines_busy"],
    ["calls_away", "calls_away"],
    ["with_people", "with_people"],
    ["too_many_requests", "too_often"],
    ["token_expired", "token"],
    ["something_new", "failed"],
  ])("tells why there is none: %s", async (code, trouble) => {
    const socket = await dialled();
    socket.says({ type: "error", code, detail: "", status: 409, retryable: false });
    expect([call.shown.state, call.shown.trouble, sound.isClosed]).toEqual(["idle", trouble, true]);
  });

  it("is a broken line where it was live, and nobody there where it was not", async () => {
    (await live()).onclose?.({ code: 1006 });
    expect(call.shown.trouble).toBe("broke");
    (await dialled()).onclose?.({ code: 1006 });
    expect(call.shown.trouble).toBe("calls_away");
  });

  it("comes with the microphone's", async () => {
    await live();
    listener.lost();
    expect(call.shown.trouble).toBe("mic_missing");
  });
});

describe("a call that is not made", () => {
  it.each(["not_secure", "not_supported", "mic_refused", "mic_missing", "mic_busy", "no_audio"] as const)(
    "for the sound's sake says so: %s",
    async (why) => {
      flaw = why;
      await call.begin(() => Promise.resolve(PLACE));
      expect([call.shown.state, call.shown.trouble, sockets.length]).toEqual(["idle", why, 0]);
    },
  );

  it("is one where there is no conversation", async () => {
    await call.begin(() => Promise.resolve(null));
    expect([call.shown.trouble, sound.isClosed]).toEqual(["failed", true]);
  });

  it("leaves no microphone open where he hangs up while the browser asks", async () => {
    const beginning = call.begin(() => Promise.resolve(PLACE));
    call.hangUp();
    await beginning;
    expect([sound.isClosed, sockets.length, call.shown.state, call.shown.trouble]).toEqual([true, 0, "idle", null]);
  });

  it("is made once, however often it is pressed", async () => {
    await Promise.all([call.begin(() => Promise.resolve(PLACE)), call.begin(() => Promise.resolve(PLACE))]);
    expect(sockets.length).toBe(1);
  });
});
