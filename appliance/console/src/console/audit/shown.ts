/** How the log's own codes and times are written for people. A code without a word of ours stands as it is. */

import { computed } from "vue";

import { language } from "../settings";
import { w } from "../words";
import type { Outcome, Tree } from "./api";

export const COLOURS: Record<Outcome, "success" | "danger" | "warning" | "info"> = {
  success: "success",
  failure: "danger",
  denied: "warning",
  unknown: "warning",
  pending: "info",
};

const exact = computed(
  () =>
    new Intl.DateTimeFormat(language.value === "zh" ? "zh-CN" : "en-GB", {
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hour12: false,
    }),
);
const figures = computed(() => new Intl.NumberFormat(language.value === "zh" ? "zh-CN" : "en-GB"));

export function exactTime(at: string): string {
  return exact.value.format(new Date(at));
}

export function figure(count: number): string {
  return figures.value.format(count);
}

export function actionName(action: string): string {
  return w.value.audit.actions[action] ?? action;
}

export function objectName(type: string): string {
  return w.value.audit.objects[type] ?? type;
}

/** A purpose of the closed list, or the code. */
export function reasonName(reason: string): string {
  return (w.value.desk.purposes as Record<string, string>)[reason] ?? reason;
}

/** Roles that a person holds together are joined by a plus. */
export function roleName(role: string): string {
  const names: Record<string, string> = w.value.roles;
  return role
    .split("+")
    .map((each) => names[each] ?? each)
    .join("、");
}

export interface Field {
  name: string;
  value: string;
  meaning: string;
}

/** The fields of a record in the order of the specification, each with what it means; of its own detail after them. */
export function fieldsOf(record: Tree): Field[] {
  const meanings = w.value.audit.fields;
  const named = Object.entries(meanings).map(([name, meaning]) => ({ name, value: valueAt(record, name), meaning }));
  const detail = Object.keys((record["detail"] ?? {}) as Tree).sort();
  const own = detail.map((name) => {
    const path = `detail.${name}`;
    return { name: path, value: valueAt(record, path), meaning: w.value.audit.detailField };
  });
  return [...named, ...own].filter(({ value }) => value !== "");
}

function valueAt(record: Tree, path: string): string {
  let at: Tree | Tree[] | string = record;
  for (const name of path.split(".")) {
    if (typeof at === "string" || Array.isArray(at)) return "";
    at = at[name] ?? "";
  }
  if (Array.isArray(at)) return at.length === 0 ? "" : JSON.stringify(at);
  return typeof at === "string" ? at : JSON.stringify(at);
}

/** What a verdict means, by the first of our words that fits the verifier's. */
export function meaningOf(why: string): string {
  return w.value.audit.meanings.find(([pattern]) => pattern.test(why))?.[1] ?? why;
}
