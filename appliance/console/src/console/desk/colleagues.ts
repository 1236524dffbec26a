/** Who serves the shop that is worked in, by name. Asked for when the shop changes; without an answer ids are shown. */

import { ref, watch } from "vue";

import { may, me } from "../session";
import { shop } from "../shell/shop";
import { w } from "../words";
import { desk } from "./api";
import type { Colleague } from "./api";
import type { Talk } from "./frames";

export const colleagues = ref<readonly Colleague[]>([]);

/** Told apart by number or id where two have the same name. */
export function nameOf(id: string): string {
  if (id === me.value?.account.staff_id) return w.value.desk.self;
  const found = colleagues.value.find(({ staff_id }) => staff_id === id);
  if (found === undefined) return w.value.desk.person(id);
  return colleagues.value.some(({ staff_id, name }) => name === found.name && staff_id !== id)
    ? `${found.name} ${found.badge ?? w.value.desk.person(id)}`
    : found.name;
}

/** As customers know an agent, and by name. */
export function agentOf(badge: string | null, id: string | null): string {
  return [w.value.desk.agent, badge, id && nameOf(id)].filter(Boolean).join(" ");
}

/** Who talks with the customer. */
export function holderOf({ holder, badge, agent_id }: Talk): string {
  return holder === "agent" ? agentOf(badge, agent_id) : w.value.desk.holders[holder];
}

export async function readColleagues(): Promise<void> {
  const asked = shop.value;
  if (!asked || !may("conversation:read")) return;
  try {
    const found = await desk.colleagues(asked);
    if (asked === shop.value) colleagues.value = found;
  } catch {
    // Ids are shown; whatever is wrong is said by the room that asks for more.
  }
}

watch(
  [shop, () => me.value?.account.staff_id],
  () => {
    colleagues.value = [];
    void readColleagues();
  },
  { immediate: true },
);
