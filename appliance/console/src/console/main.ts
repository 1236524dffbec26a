/** The console: what people of the shop and its administrators see. */

import { createApp } from "vue";

import "./styles";

import { whenSessionEnds } from "./api/client";
import App from "./App.vue";
import { router } from "./router";
import { leave, me } from "./session";
import { followSettings } from "./settings";

whenSessionEnds(() => {
  if (me.value === null) return;
  const at = router.currentRoute.value;
  leave();
  if (at.meta.isOpen) return;
  void router.push({ name: "sign-in", query: { next: at.fullPath, ended: "1" } });
});
followSettings();
createApp(App).use(router).mount("#console");
