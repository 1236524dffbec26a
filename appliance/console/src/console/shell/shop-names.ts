/** The names of shops, so that nobody has to know their ids. Asked for once a session; without an answer ids are shown. */

import { ref, watch } from "vue";

import { me } from "../session";
import { shopApi } from "../shops/api";
import type { ShopNamed } from "../shops/api";

export const allShops = ref<ShopNamed[]>([]);

/** With its id where another shop has the same name. */
export function nameOfShop(id: string): string {
  const name = allShops.value.find((each) => each.shop_id === id)?.name;
  if (name === undefined) return id;
  return allShops.value.filter((each) => each.name === name).length > 1 ? `${name} (${id})` : name;
}

export async function readShopNames(): Promise<void> {
  try {
    allShops.value = await shopApi.names();
  } catch {
    // Ids are shown; whatever is wrong is said by the room that asks for more.
  }
}

watch(
  () => me.value?.account.staff_id,
  (who) => {
    allShops.value = [];
    if (who !== undefined) void readShopNames();
  },
  { immediate: true },
);
