/** How a work order stands with its time. Pure. */

import type { WorkOrder } from "../api/work";
import { OPEN } from "../api/work";
import type { Words } from "../words/zh";

export interface Due {
  text: string;
  isLate: boolean;
}

const MINUTE_MS = 60_000;

export function dueOf(order: WorkOrder, now: number, w: Words): Due {
  const words = w.work;
  if (!OPEN.includes(order.state)) {
    const isLate = order.breached_at !== null;
    return { text: isLate ? words.missed : words.met, isLate };
  }
  if (order.paused_at !== null) return { text: words.paused, isLate: false };
  const left = new Date(order.due_at).getTime() - now;
  return left >= 0 ? { text: words.left(span(left, w)), isLate: false } : { text: words.over(span(-left, w)), isLate: true };
}

/** In whole minutes, the largest two units. */
export function span(ms: number, w: Words): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  return w.work.time(Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60);
}
