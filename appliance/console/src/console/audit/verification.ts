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
  let running: AsyncGenerator<Said> | null = null;

  async function verify(): Promise<void> {
    const mine = audit.verify();
    running = mine;
    [state.value, said.value, trouble.value] = ["running", null, null];
    try {
      for await (const each of mine) {
        if (running !== mine) break;
        said.value = each;
      }
      if (running === mine) state.value = "done";
    } catch (error) {
      if (running === mine) [state.value, trouble.value] = ["idle", asRefused(error)];
    }
    if (running === mine) ended();
  }

  function stop(): void {
    void running?.return(undefined);
    running = null;
    [state.value, said.value] = ["stopped", null];
  }

  onScopeDispose(() => {
    void running?.return(undefined);
    running = null;
  });

  return { state, said, trouble, verify, stop };
}
