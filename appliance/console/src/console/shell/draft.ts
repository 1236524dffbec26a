/** What somebody changes in a form, beside what is saved. What is saved anew takes its place. */

import { computed, reactive, watch } from "vue";
import type { ComputedRef } from "vue";

export interface Draft<T extends object> {
  draft: T;
  isChanged: ComputedRef<boolean>;
  reset: () => void;
}

export function useDraft<T extends object>(saved: () => T): Draft<T> {
  const draft = reactive(saved()) as T;
  const isChanged = computed(() => JSON.stringify(draft) !== JSON.stringify(saved()));

  function reset(): void {
    Object.assign(draft, saved());
  }

  watch(saved, reset);
  return { draft, isChanged, reset };
}
