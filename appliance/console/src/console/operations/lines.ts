/** Lines of a log on the page, the newest first. */

import type { LogLine } from "../api/operations";

/** Whoever follows a log for a day keeps no day of it. */
export const MOST = 2_000;

/** `newer`: the oldest first, as they came. */
export function withNewer(lines: LogLine[], newer: LogLine[]): LogLine[] {
  return newer.length === 0 ? lines : [...newer.toReversed(), ...lines].slice(0, MOST);
}
