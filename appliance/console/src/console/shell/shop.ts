/** The shop that is worked in: the one that was chosen last, if it is still among one's own. */

import { computed } from "vue";

import { shops } from "../session";
import { chosenShop } from "../settings";

export const shop = computed(() =>
  shops.value.includes(chosenShop.value) ? chosenShop.value : (shops.value[0] ?? ""),
);
