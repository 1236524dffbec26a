/** What a page asks for when it opens: the answer, or why there is none, and a way to ask again. */

import { ref, shallowRef } from "vue";
import type { Ref, ShallowRef } from "vue";

import { asRefused } from "../api/client";
import type { Refused } from "../api/client";

export interface Loaded<T> {
  value: ShallowRef<T | null>;
  trouble: ShallowRef<Refused | null>;
  isLoading: Ref<boolean>;
  load: () => Promise<void>;
  /** Asks again, as by a clock: not while an answer is awaited, since one slower than the clock would never be shown. */
  refresh: () => Promise<void>;
}

export function loaded<T>(ask: () => Promise<T>): Loaded<T> {
  const value = shallowRef<T | null>(null) as ShallowRef<T | null>;
  const trouble = shallowRef<Refused | null>(null);
  const isLoading = ref(false);
  let asked = 0;

  async function load(): Promise<void> {
    const mine = (asked += 1);
    isLoading.value = true;
    try {
      const found = await ask();
      if (mine !== asked) return;
      value.value = found;
      trouble.value = null;
    } catch (error) {
      if (mine === asked) trouble.value = asRefused(error);
    } finally {
      if (mine === asked) isLoading.value = false;
    }
  }

  async function refresh(): Promise<void> {
    if (!isLoading.value) await load();
  }

  void load();
  return { value, trouble, isLoading, load, refresh };
}
