import { afterEach, describe, expect, it, vi } from "vitest";
import { effectScope } from "vue";

import { useVerification } from "./verification";

const CHECKED = { type: "checked", records: 500, of: 900 };
const VERDICT = { type: "verdict", status: "ok", records: 900 };

/** The other side: says what a test hands it, and knows when it was left. */
function appliance() {
  let to: ReadableStreamDefaultController<Uint8Array> | null = null;
  let signal: AbortSignal | null | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      to = controller;
    },
  });
  vi.stubGlobal("fetch", (_url: string, options: RequestInit) => {
    signal = options.signal;
    signal?.addEventListener("abort", () => to?.error(new DOMException("left", "AbortError")));
    return Promise.resolve(new Response(body));
  });
  return {
    say: (text: string) => to?.enqueue(new TextEncoder().encode(text)),
    end: () => to?.close(),
    isLeft: () => signal?.aborted ?? false,
  };
}

function verification() {
  const ended = vi.fn();
  const scope = effectScope();
  const found = scope.run(() => useVerification(ended));
  if (found === undefined) throw new Error("a scope runs what it is given");
  return { ...found, ended, leave: () => scope.stop() };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("the check of the whole log", () => {
  it("tells how far it is and what was found, however the lines are cut", async () => {
    const other = appliance();
    const { state, said, verify, ended } = verification();
    const done = verify();
    const text = `${JSON.stringify(CHECKED)}\n${JSON.stringify(VERDICT)}\n`;
    other.say(text.slice(0, 20));
    other.say(text.slice(20, 60));
    await vi.waitFor(() => expect(said.value).toEqual(CHECKED));
    expect(state.value).toBe("running");
    other.say(text.slice(60));
    other.end();
    await done;
    expect([said.value, state.value, ended.mock.calls.length]).toEqual([VERDICT, "done", 1]);
  });

  it("ends on the other side when it is stopped, and leaves no verdict", async () => {
    const other = appliance();
    const { state, said, trouble, verify, stop } = verification();
    const done = verify();
    other.say(`${JSON.stringify(CHECKED)}\n`);
    await vi.waitFor(() => expect(said.value).toEqual(CHECKED));
    stop();
    await done;
    expect([other.isLeft(), state.value, said.value, trouble.value]).toEqual([true, "stopped", null, null]);
  });

  it("ends on the other side when the page is left", async () => {
    const other = appliance();
    const { verify, leave } = verification();
    const done = verify();
    leave();
    await done;
    expect(other.isLeft()).toBe(true);
  });

  it("says why it could not begin", async () => {
    const problem = { code: "conflict", detail: "the log is being checked already" };
    vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(problem), { status: 409 })));
    const { state, trouble, verify } = verification();
    await verify();
    expect([state.value, trouble.value?.code]).toEqual(["idle", "conflict"]);
  });
});
