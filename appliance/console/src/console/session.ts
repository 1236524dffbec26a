/** Who sits before this console, and what that person may. */

import { computed, ref } from "vue";

import { entrance } from "./api/access";
import type { Me, Permission } from "./api/access";
import { carry, Refused } from "./api/client";

export const me = ref<Me | null>(null);
export const shops = computed(() => me.value?.account.shops ?? []);

export function enter(found: Me): void {
  carry(found.csrf_token);
  me.value = found;
}

export function leave(): void {
  carry("");
  me.value = null;
}

/** False where nobody is logged in. */
export async function resume(): Promise<boolean> {
  try {
    enter(await entrance.me());
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return false;
    throw error;
  }
  return true;
}

export function may(permission: Permission): boolean {
  return me.value?.permissions.includes(permission) ?? false;
}
