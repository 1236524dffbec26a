/** Names of figures and of their parts, in the language of the console. */

import { language } from "../settings";
import { nameOfShop } from "../shell/shop-names";
import { w } from "../words";
import type { Figure, Value } from "./api";
import { written } from "./numbers";

export type Slice = "channel" | "shop" | "code";

export function nameOf(figure: Figure): string {
  return language.value === "zh" ? figure.zh : figure.en;
}

export function definitionOf(figure: Figure): string {
  return language.value === "zh" ? figure.definition_zh : figure.definition_en;
}

export function valueOf(figure: Figure, value: Value): string {
  return written(value, figure.unit, w.value.dashboard.spans);
}

export function partOf(figure: Figure, slice: Slice, part: string): string {
  if (slice === "shop") return nameOfShop(part);
  if (slice === "channel") return w.value.desk.channels[part] ?? part;
  return codeOf(figure.query, part);
}

function codeOf(query: string, code: string): string {
  const { desk, dashboard } = w.value;
  const names: Record<string, Record<string, string>> = {
    handoffs: desk.reasons,
    receipts: { ...desk.flows, ...dashboard.kinds },
    queue: desk.groups,
    waiting: desk.groups,
    errors: dashboard.errors,
    marks: desk.faults,
    calls: dashboard.leaves,
    call_times: dashboard.callParts,
  };
  if (query === "ratings") return desk.stars(Number(code));
  return names[query]?.[code] ?? code;
}
