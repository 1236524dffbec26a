/** Days of the shop's time zone, as texts such as 2026-11-26. */

import type { Step } from "./api";

export const PRESETS = ["today", "yesterday", "week", "month", "own"] as const;
export type Preset = (typeof PRESETS)[number];
export const MOST_DAYS: Record<Step, number> = { hour: 7, day: 92, week: 366, month: 366 };

export interface Days {
  first: string;
  last: string;
}

const DAY_MS = 86_400_000;

export function dayOf(at: Date, zone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" }).format(at);
}

/** Day and minute as the shop's clocks show them. */
export function momentOf(at: string, zone: string): string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  return format.format(new Date(at));
}

export function daysOf(preset: Exclude<Preset, "own">, today: string): Days {
  switch (preset) {
    case "today":
      return { first: today, last: today };
    case "yesterday":
      return { first: back(today, 1), last: back(today, 1) };
    case "week":
      return { first: back(today, 6), last: today };
    case "month":
      return { first: back(today, 29), last: today };
  }
}

/** Those that a course of so many days may have. */
export function stepsFor({ first, last }: Days): Step[] {
  const days = (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;
  return (Object.keys(MOST_DAYS) as Step[]).filter((step) => days <= MOST_DAYS[step]);
}

/** What the server would refuse. */
export function faultOf(days: Days, today: string): "order" | "length" | null {
  const isOrdered = days.first !== "" && days.first <= days.last && days.first <= today;
  if (!isOrdered) return "order";
  return stepsFor(days).length === 0 ? "length" : null;
}

function back(day: string, days: number): string {
  return new Date(Date.parse(day) - days * DAY_MS).toISOString().slice(0, 10);
}
