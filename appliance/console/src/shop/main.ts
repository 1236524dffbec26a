/** The demo's shop page. All that is special about it is that a visitor may choose who to be. */

import { createApp } from "vue";

import Shop from "./Shop.vue";
import "./shop.css";

createApp(Shop).mount("#shop");
