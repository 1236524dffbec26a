/** The console's words in the chosen language, and how it writes times. */

import { computed } from "vue";

import { language } from "../settings";
import { en } from "./en";
import { zh } from "./zh";
import type { Words } from "./zh";
import type { Refused } from "../api/client";

export const w = computed<Words>(() => (language.value === "zh" ? zh : en));

export function said(refused: Refused): string {
  const { errors } = w.value;
  return errors[refused.code] ?? errors[refused.status >= 500 ? "internal" : "unknown"] ?? refused.detail;
}

export const locale = computed(() => (language.value === "zh" ? "zh-CN" : "en-GB"));
const day = computed(
  () => new Intl.DateTimeFormat(locale.value, { dateStyle: "medium", timeStyle: "short", hour12: false }),
);
const clock = computed(() => new Intl.DateTimeFormat(locale.value, { hour: "2-digit", minute: "2-digit", hour12: false }));

const date = computed(() => new Intl.DateTimeFormat(locale.value, { dateStyle: "long" }));

export function dayOf(at: string): string {
  return date.value.format(new Date(at));
}

export function dateTime(at: string): string {
  return day.value.format(new Date(at));
}

const precise = computed(
  () =>
    new Intl.DateTimeFormat(locale.value, {
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hour12: false,
    }),
);

/** To the second, without the year. */
export function preciseTime(at: string): string {
  return precise.value.format(new Date(at));
}

export function timeOfDay(at: string): string {
  return clock.value.format(new Date(at));
}
