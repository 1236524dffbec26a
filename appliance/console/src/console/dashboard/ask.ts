/** What the dashboard is set to, and the report that belongs to it; today's is asked for again and again. */

import { computed, onMounted, onUnmounted, reactive, ref, watch } from "vue";

import { loaded } from "../shell/loaded";
import { shop } from "../shell/shop";
import { shops } from "../session";
import { reports } from "./api";
import type { Asked, Catalogue, Step } from "./api";
import { dayOf, daysOf, faultOf, stepsFor } from "./period";
import type { Days, Preset } from "./period";

const REFRESH_MS = 15_000;

export function useReport(catalogue: Catalogue) {
  const chosen = reactive({
    preset: "today" as Preset,
    own: { first: "", last: "" } as Days,
    step: "" as Step | "",
    shop: shop.value,
    channel: "",
  });
  const today = ref(dayOf(new Date(), catalogue.zone));
  const days = computed(() => (chosen.preset === "own" ? chosen.own : daysOf(chosen.preset, today.value)));
  const steps = computed(() => stepsFor(days.value));
  const fault = computed(() => faultOf(days.value, today.value));
  const isLive = computed(() => fault.value === null && days.value.last >= today.value);
  const asked = computed<Asked>(() => ({
    shop: chosen.shop,
    channel: chosen.channel,
    ...days.value,
    step: chosen.step,
  }));
  const report = loaded(() => reports.report(asked.value));

  watch(
    () => chosen.preset,
    (preset, before) => {
      if (preset === "own" && before !== "own") chosen.own = daysOf(before, today.value);
    },
  );
  watch(steps, (fitting) => {
    if (chosen.step !== "" && !fitting.includes(chosen.step)) chosen.step = "";
  });
  watch(shop, (now) => {
    chosen.shop = now;
  });
  watch(asked, () => {
    if (fault.value === null) void report.load();
  });

  let timer = 0;
  onMounted(() => {
    timer = window.setInterval(() => {
      today.value = dayOf(new Date(), catalogue.zone);
      if (isLive.value && document.visibilityState === "visible") void report.refresh();
    }, REFRESH_MS);
  });
  onUnmounted(() => {
    clearInterval(timer);
  });
  return { chosen, asked, today, steps, fault, isLive, report, shops };
}
