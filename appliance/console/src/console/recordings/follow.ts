/** What was said in a call beside its sound: each line with its place, and the line that is being heard. Pure. */

import type { LogEvent } from "../desk/frames";
import type { Recording } from "./api";

export interface SpokenLine {
  seq: number;
  speaker: "customer" | "bot";
  text: string;
  fromMs: number;
  /** False: by the time at which the log had it, a little later than it was said. */
  isExact: boolean;
  /** The caller did not hear it to its end. */
  cut: { sentences: number; of: number } | null;
}

interface Account {
  said_seq: number;
  sentences: number;
  of: number;
  from_ms?: number;
}

/** Of the log, what belongs to this recording, by its place in the sound. */
export function spokenIn(events: readonly LogEvent[], recording: Recording): SpokenLine[] {
  const begun = Date.parse(recording.begun_at);
  const length = recording.length_ms ?? 0;
  const accounts = new Map(
    events.filter(({ type }) => type === "bot.heard").map(({ data }) => [data.said_seq, data as unknown as Account]),
  );
  return events
    .filter(({ type, at }) => isSpoken(type) && Date.parse(at) >= begun && Date.parse(at) <= begun + length + LATE_MS)
    .map((event) => {
      const account = accounts.get(event.seq);
      const place = event.type === "bot.said" ? account?.from_ms : event.data.from_ms;
      const isExact = typeof place === "number";
      return {
        seq: event.seq,
        speaker: event.type === "bot.said" ? ("bot" as const) : ("customer" as const),
        text: event.words ?? "",
        fromMs: Math.min(isExact ? place : Date.parse(event.at) - begun, length),
        isExact,
        cut: account && account.sentences < account.of ? { sentences: account.sentences, of: account.of } : null,
      };
    })
    .sort((a, b) => a.fromMs - b.fromMs || a.seq - b.seq);
}

/** What is said last comes into the log when the line has gone. */
const LATE_MS = 3000;

function isSpoken(type: string): boolean {
  return type === "bot.said" || type === "customer.said";
}

/** Which line is being said at that time; -1 before the first. */
export function lineAt(lines: readonly SpokenLine[], ms: number): number {
  let found = -1;
  for (const [at, line] of lines.entries()) if (line.fromMs <= ms) found = at;
  return found;
}

/** `1:05`. */
export function clockOf(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, "0")}`;
}
