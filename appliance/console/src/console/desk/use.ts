/** The desk that the rooms share: one per shop, opened when a room needs it, closed with the session. */

import { shallowRef, watch } from "vue";

import { browser } from "../../chat/world";
import { resume, me } from "../session";
import { shop } from "../shell/shop";
import { DeskStore } from "./store";

export const store = shallowRef<DeskStore | null>(null);

function change(named: string, csrf: string): void {
  if (store.value?.shop === named && csrf) return;
  store.value?.close();
  store.value = null;
  if (!named || !csrf) return;
  // A socket that ends with the session says it by its code alone: asking for anything leads to the door.
  store.value = new DeskStore(named, csrf, browser, () => void resume());
  store.value.open();
}

let isWatching = false;

export function useDesk() {
  if (!isWatching) {
    isWatching = true;
    watch([shop, () => me.value?.csrf_token ?? ""], ([named, csrf]) => {
      change(named, csrf);
    });
  }
  change(shop.value, me.value?.csrf_token ?? "");
  return store;
}
