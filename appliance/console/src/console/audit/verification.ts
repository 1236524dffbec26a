/** The check of the whole log while it goes on. It lives with the page: whoever leaves stops it. */

import { onScopeDispose, ref, shallowRef } from "vue";

import { asRefused } from "../api/client";
import type { Refused } from "../api/client";
import { audit } from "./api";
import type { Said } from "./api";

export type State = "idle" | "running" | "stopped" | "done";

export function useVerification(ended: () => void) {
  const state = ref<State>("idle");
  const said = shallowRef<Said | null>(null);
  const trouble = shallowRef<Refused | null>(null);
  let running: AbortController | null = null;

  async function verify(): Promise<void> {
    const mine = new AbortController();
    running = mine;
    [state.value, said.value, trouble.value] = ["running", null, null];
    try {
      for await (const each of audit.verify(mine.signal)) {
        if (running === mine) said.value = each;
      }
      if (running === mine) state.value = "done";
    } catch (error) {
      if (running === mine) [state.value, trouble.value] = ["idle", asRefused(error)];
    }
    if (running === mine) ended();
  }

  function leave(): void {
    running?.abort();
    running = null;
  }

  function stop(): void {
    leave();
    [state.value, said.value] = ["stopped", null];
  }

  onScopeDispose(leave);

  return { state, said, trouble, verify, stop };
}
