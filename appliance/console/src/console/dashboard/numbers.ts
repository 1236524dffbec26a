/** How a figure and its change are written. Pure. */

import type { Better, Unit, Value } from "./api";

export const NOTHING = "–";

export interface Spans {
  seconds: (count: string) => string;
  minutes: (minutes: number, seconds: number) => string;
  hours: (hours: number, minutes: number) => string;
}

export interface Change {
  way: "up" | "down" | "same";
  /** null: no way is good or bad. */
  isGood: boolean | null;
  text: string;
}

export function written(value: Value, unit: Unit, spans: Spans): string {
  if (value === null) return NOTHING;
  switch (unit) {
    case "count":
      return value.toLocaleString("en-US");
    case "share":
      return `${(value * 100).toFixed(1)}%`;
    case "score":
      return value.toFixed(2);
    case "seconds":
      return span(value, spans);
  }
}

/** Shares and scores by their difference, all else as a part of what was before; null where there is nothing to compare. */
export function changed(value: Value, before: Value, unit: Unit, better: Better): Change | null {
  if (value === null || before === null) return null;
  const by = value - before;
  if (unit !== "share" && unit !== "score" && before === 0) return by === 0 ? same() : null;
  const text = size(by, before, unit);
  if (Number.parseFloat(text) === 0) return same();
  const way = by > 0 ? "up" : "down";
  return { way, isGood: better === "neither" ? null : (better === "more") === by > 0, text };
}

function same(): Change {
  return { way: "same", isGood: null, text: "0%" };
}

function size(by: number, before: number, unit: Unit): string {
  if (unit === "share") return `${Math.abs(by * 100).toFixed(1)}pp`;
  if (unit === "score") return Math.abs(by).toFixed(2);
  const percent = Math.abs((by / before) * 100);
  return `${percent.toFixed(percent < 10 ? 1 : 0)}%`;
}

function span(seconds: number, spans: Spans): string {
  if (seconds < 60) return spans.seconds(seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(0));
  const whole = Math.round(seconds);
  if (whole < 3600) return spans.minutes(Math.floor(whole / 60), whole % 60);
  return spans.hours(Math.floor(whole / 3600), Math.floor((whole % 3600) / 60));
}
