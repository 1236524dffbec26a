/** The desk that the rooms share: one per shop, opened when a room needs it, closed with the session. */

import { shallowRef, watch, watchEffect } from "vue";

import { browser } from "../../chat/world";
import { resume, me } from "../session";
import { shop } from "../shell/shop";
import { w } from "../words";
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

/** In the title of the window, so that news is seen from elsewhere. */
function countInTitle(): void {
  const count = [...(store.value?.unread.values() ?? [])].reduce((sum, each) => sum + each, 0);
  document.title = (count > 0 ? `(${String(count)}) ` : "") + w.value.shell.product;
}

let isWatching = false;

export function useDesk() {
  if (!isWatching) {
    isWatching = true;
    watch([shop, () => me.value?.csrf_token ?? ""], ([named, csrf]) => {
      change(named, csrf);
    });
    watchEffect(countInTitle);
  }
  change(shop.value, me.value?.csrf_token ?? "");
  return store;
}
