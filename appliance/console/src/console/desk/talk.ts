/** What stands on an agent's screen of a conversation, made of the events of its log. Pure. */

import type { LogEvent, Say } from "./frames";

export type Speaker = "customer" | "bot" | "agent" | "note" | "event";

export interface Line {
  key: string;
  at: string;
  speaker: Speaker;
  text: string;
  /** The place in the log; null: not stored yet. */
  seq: number | null;
  badge?: string;
  /** Which of the staff. */
  by?: string;
  /** Of a picture. */
  evidence?: string;
  /** Of what was pressed: `slot:reason=damaged`. */
  payload?: string;
  /** Of an event: its type, for which there are words. */
  type?: string;
  data?: Record<string, unknown>;
  isMarked?: boolean;
  /** The bot said it, so it can be marked as wrong. */
  isAnswer?: boolean;
  /** On the phone: so much of it the caller heard, where that was not all. */
  cut?: Cut;
  /** On the phone: how the caller's voice sounded to the recogniser, where that says anything. */
  sounds?: string;
}

export interface Cut {
  sentences: number;
  of: number;
}

const SILENT = new Set(["bot.heard", "answer.marked", "ticket.drawn", "conversation.started"]);

export function lines(events: readonly LogEvent[], waiting: readonly Say[] = []): Line[] {
  const marked = new Set(events.filter(({ type }) => type === "answer.marked").map(({ data }) => data.said_seq));
  const cuts = cutShort(events);
  const stored = events
    .filter(({ type }) => !SILENT.has(type))
    .map((event) => ({ ...lineOf(event, marked.has(event.seq)), ...cuts.get(event.seq) }));
  return [...stored, ...waiting.map(notYet)];
}

/** What a caller did not hear to its end, by its place in the log. */
function cutShort(events: readonly LogEvent[]): Map<number, { cut: Cut }> {
  const accounts = events.filter(({ type }) => type === "bot.heard").map(({ data }) => data);
  const cut = accounts.filter(({ sentences, of }) => Number(sentences) < Number(of));
  return new Map(
    cut.map((data) => [Number(data.said_seq), { cut: { sentences: Number(data.sentences), of: Number(data.of) } }]),
  );
}

function notYet(say: Say): Line {
  return { key: `w-${say.id}`, at: "", speaker: "agent", text: say.text, seq: null };
}

function lineOf(event: LogEvent, isMarked: boolean): Line {
  const base = { key: String(event.seq), at: event.at, seq: event.seq, text: event.words ?? "" };
  const { data } = event;
  switch (event.type) {
    case "customer.said":
      return { ...base, speaker: "customer", ...(typeof data.sounds === "string" ? { sounds: data.sounds } : {}) };
    case "customer.showed":
      return { ...base, speaker: "customer", evidence: String(data.evidence_id) };
    case "customer.chose":
      return { ...base, speaker: "customer", text: "", payload: event.words ?? "" };
    case "bot.said":
      return { ...base, speaker: "bot", isAnswer: true, isMarked };
    case "agent.said":
      return { ...base, speaker: "agent", badge: String(data.badge), by: String(data.agent_id) };
    case "note.made":
      return { ...base, speaker: "note", by: String(data.by) };
    default:
      return { ...base, speaker: "event", text: TOLD.has(event.type) ? base.text : "", type: event.type, data };
  }
}

/** Of these the words are what the customer was told; bodies of the others are made for machines. */
const TOLD = new Set(["owner.changed", "service.ended", "desk.away"]);

export interface Payload {
  kind: "flow" | "slot" | "affirm" | "deny" | "other";
  name: string;
  value: string;
}

/** `flow:return_refund`, `slot:reason=damaged`, `affirm:…`, `deny`. */
export function payloadOf(pressed: string): Payload {
  const [kind = "", rest = ""] = split(pressed, ":");
  if (kind === "slot") {
    const [name, value] = split(rest, "=");
    return { kind, name: name ?? "", value: value ?? "" };
  }
  if (kind === "flow" || kind === "affirm" || kind === "deny") return { kind, name: rest, value: rest };
  return { kind: "other", name: "", value: pressed };
}

function split(text: string, by: string): string[] {
  const at = text.indexOf(by);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
