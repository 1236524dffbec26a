/** The shop that a page is about: what is known of it, read anew whenever something was saved. */

import { watch } from "vue";
import type { Ref } from "vue";

import { loaded } from "../shell/loaded";
import { readShopNames } from "../shell/shop-names";
import { shopApi } from "./api";
import type { Looked } from "./parts";

export function useShop(id: Ref<string>) {
  const looked = loaded<Looked | null>(async () => {
    if (!id.value) return null;
    const [shop, standing] = await Promise.all([shopApi.shop(id.value), shopApi.standing(id.value)]);
    return { shop, standing };
  });

  watch(id, () => {
    looked.value.value = null;
    void looked.load();
  });

  async function saved(): Promise<void> {
    await looked.load();
    await readShopNames();
  }

  return { looked, saved };
}
