/** What a form can say by itself before anything is sent. The appliance decides again. Pure. */

import type { Hours } from "./api";

export const SHOP_ID = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
export const MOST_WELCOME = 200;
export const ACCENT = /^#[0-9a-f]{6}$/i;
const SPAN = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;
const MAY_BE_NAMED = new Set(["shop_name", "bot_name"]);

/** As browsers write it, or null where it is none. */
export function originOf(text: string): string | null {
  try {
    const url = new URL(text.trim());
    const isPlain = ["http:", "https:"].includes(url.protocol) && !url.username && ["", "/"].includes(url.pathname);
    return isPlain && !url.search && !url.hash ? url.origin : null;
  } catch {
    return null;
  }
}

export function isAddress(text: string): boolean {
  return /^https?:\/\/[^\s@/?#\\]+(\/[^\s?#\\]*)?$/.test(text);
}

/** The first name in braces that a welcome may not hold. */
export function strangeName(welcome: string): string | null {
  const named = [...welcome.matchAll(/\{([^}]*)\}/g)].map((found) => found[1] ?? "");
  return named.find((name) => !MAY_BE_NAMED.has(name)) ?? null;
}

/** As a customer reads it. */
export function welcomeAs(welcome: string, shopName: string, botName: string): string {
  return welcome.replaceAll("{shop_name}", shopName).replaceAll("{bot_name}", botName);
}

export type HoursTrouble = "weekdays" | "span" | "order" | "both";

export function troubleOf(hours: Hours): HoursTrouble | null {
  if (hours.weekdays.length === 0) return "weekdays";
  if (hours.spans.length === 0 || !hours.spans.every((span) => SPAN.test(span))) return "span";
  const ends = hours.spans.flatMap((span) => span.split("-"));
  if (ends.some((end, at) => at > 0 && (ends[at - 1] ?? "") >= end)) return "order";
  return hours.holidays.some((day) => hours.make_up_days.includes(day)) ? "both" : null;
}

/** Whether the key that is kept goes along: to the same mapping, scheme, host and port only. */
export function isSameSystem(kept: { mapping: string; base_url: string } | null, mapping: string, url: string): boolean {
  if (kept === null || kept.mapping !== mapping || !isAddress(url)) return false;
  return new URL(kept.base_url).origin === new URL(url).origin;
}

export type Cure = "reach" | "proof" | "mapping";

/** What is to be looked at when a try failed, by what the appliance says of it. */
export function cureOf(detail: string): Cure {
  if (/no answer|no connection|TLS|connect|timeout/i.test(detail)) return "reach";
  return /\b40[13]\b|key|proof|token|unauthor/i.test(detail) ? "proof" : "mapping";
}

export function snippetOf(origin: string, shop: string): string {
  return `<script src="${origin}/widget.js" data-shop="${shop}" async></${"script"}>`;
}

/** Dates as they were typed, and the first word that is none. */
export function datesIn(text: string): { dates: string[]; wrong: string | null } {
  const words = text.split(/[\s,，、;；]+/).filter(Boolean);
  return { dates: words, wrong: words.find((word) => !isDate(word)) ?? null };
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const found = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(found.getTime()) && found.toISOString().startsWith(text);
}
