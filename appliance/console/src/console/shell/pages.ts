/** A list that is read page after page: each goes on where the one before it ended. */

import { ref, shallowRef } from "vue";
import type { Ref, ShallowRef } from "vue";

import { asRefused } from "../api/client";
import type { Refused } from "../api/client";

export interface Page<T, C> {
  items: readonly T[];
  /** Null at the end. */
  cursor: C | null;
}

export interface Pages<T> {
  /** Null before the first answer. */
  items: ShallowRef<readonly T[] | null>;
  trouble: ShallowRef<Refused | null>;
  isLoading: Ref<boolean>;
  hasMore: Ref<boolean>;
  /** From the beginning. */
  begin: () => Promise<void>;
  more: () => Promise<void>;
}

export function pages<T, C>(ask: (cursor: C | undefined) => Promise<Page<T, C>>): Pages<T> {
  const items = shallowRef<readonly T[] | null>(null);
  const trouble = shallowRef<Refused | null>(null);
  const isLoading = ref(false);
  const hasMore = ref(false);
  let next: C | undefined;
  let asked = 0;

  async function turn(before: readonly T[], cursor: C | undefined): Promise<void> {
    const mine = (asked += 1);
    isLoading.value = true;
    try {
      const page = await ask(cursor);
      if (mine !== asked) return;
      items.value = [...before, ...page.items];
      next = page.cursor ?? undefined;
      hasMore.value = page.cursor !== null;
      trouble.value = null;
    } catch (error) {
      if (mine === asked) trouble.value = asRefused(error);
    } finally {
      if (mine === asked) isLoading.value = false;
    }
  }

  return {
    items,
    trouble,
    isLoading,
    hasMore,
    begin: () => turn([], undefined),
    more: () => turn(items.value ?? [], next),
  };
}
