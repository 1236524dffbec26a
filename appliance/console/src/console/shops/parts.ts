/** The parts of a shop's set-up in their order, and which of them are done. Pure. */

import type { Shop, Standing } from "./api";

export const PARTS = ["persona", "orders", "hours", "agents", "widget", "test"] as const;
export type Part = (typeof PARTS)[number];

export interface Looked {
  shop: Shop;
  standing: Standing;
}

export function isPart(text: unknown): text is Part {
  return PARTS.includes(text as Part);
}

export function isDone(part: Part, standing: Standing): boolean {
  switch (part) {
    case "persona":
      return standing.has_persona;
    case "orders":
      return standing.is_connected;
    case "hours":
      return standing.has_own_hours;
    case "agents":
      return standing.agents.active > 0;
    case "widget":
      return standing.is_embedded;
    case "test":
      return standing.is_answered;
  }
}

export type StepState = "done" | "skipped" | "open";

export function stateOf(part: Part, standing: Standing, skipped: readonly string[]): StepState {
  if (isDone(part, standing)) return "done";
  return skipped.includes(part) ? "skipped" : "open";
}

/** Where to go on: the first that is open after this one, else the first that is open, else the one that follows. */
export function nextOf(part: Part, standing: Standing, skipped: readonly string[]): Part {
  const at = PARTS.indexOf(part);
  const isOpen = (each: Part) => each !== part && stateOf(each, standing, skipped) === "open";
  return PARTS.slice(at + 1).find(isOpen) ?? PARTS.find(isOpen) ?? PARTS[at + 1] ?? part;
}
