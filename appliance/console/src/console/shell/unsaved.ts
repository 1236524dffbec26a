/** A form that was changed and not saved asks before it is left, within the console and by closing the page. */

import { onBeforeUnmount, onMounted } from "vue";
import type { Ref } from "vue";
import { onBeforeRouteLeave, onBeforeRouteUpdate } from "vue-router";

import { w } from "../words";
import { isSure } from "./ask";

export function useUnsaved(isChanged: Ref<boolean>): void {
  const mayGo = async (): Promise<boolean> => !isChanged.value || (await isSure(w.value.shell.unsaved));
  function closing(event: BeforeUnloadEvent): void {
    if (isChanged.value) event.preventDefault();
  }

  onBeforeRouteLeave(mayGo);
  onBeforeRouteUpdate(mayGo);
  onMounted(() => {
    window.addEventListener("beforeunload", closing);
  });
  onBeforeUnmount(() => {
    window.removeEventListener("beforeunload", closing);
  });
}
