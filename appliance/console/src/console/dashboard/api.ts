/** Reports, as `/api/staff/v1` speaks of them. */

import { call, query } from "../api/client";

export type Unit = "count" | "share" | "seconds" | "score";
export const GROUPS = ["now", "volume", "result", "handoff", "speed", "call", "queue", "quality"] as const;
export type Group = (typeof GROUPS)[number];
export type Better = "more" | "less" | "neither";
export const STEPS = ["hour", "day", "week", "month"] as const;
export type Step = (typeof STEPS)[number];
export type Value = number | null;

export interface Figure {
  key: string;
  query: string;
  unit: Unit;
  group: Group;
  better: Better;
  zh: string;
  en: string;
  definition_zh: string;
  definition_en: string;
}

export interface Catalogue {
  figures: Figure[];
  zone: string;
}

export interface Part {
  part: string;
  value: Value;
  before: Value;
}

export interface Answer {
  key: string;
  value: Value;
  before: Value;
  series: Value[];
  series_before: Value[];
  channels: Part[];
  shops: Part[];
  codes: Part[];
}

export interface Report {
  shops: string[];
  channel: string | null;
  since: string;
  until: string;
  before_since: string;
  before_until: string;
  step: Step;
  /** The beginning of each, in the zone's own time. */
  steps: string[];
  figures: Answer[];
}

/** What is asked for; an empty text is left out. */
export interface Asked {
  shop: string;
  channel: string;
  first: string;
  last: string;
  step: Step | "";
}

function wanted(asked: Asked): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(asked).map(([name, value]) => [name, value || undefined]));
}

export const reports = {
  catalogue: () => call<Catalogue>("GET", "/reports/figures"),
  report: (asked: Asked) => call<Report>("GET", query("/reports", wanted(asked))),
  byHand: (key: string, asked: Asked) =>
    call<{ key: string; sql: string }>("GET", query(`/reports/figures/${key}/sql`, wanted(asked))),
};
