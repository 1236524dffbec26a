/** What stands in a conversation, made of its events and of what is still on its way. Pure; the page only shows it. */

import type { Card, Form, QuickReply, Visible } from "./frames";

export type Side = "customer" | "bot" | "agent" | "system";

/** `sending`: not yet known to be stored. `refused`: it was not taken, and can be tried again. */
export type Delivery = "sending" | "stored" | "refused";

export interface Entry {
  key: string;
  seq: number;
  at: string;
  side: Side;
  kind: "text" | "image" | "notice" | "handoff";
  text: string;
  isAi: boolean;
  form: Form | null;
  replies: QuickReply[];
  cards: Card[];
  delivery: Delivery;
  evidenceId: string | null;
  /** Of a picture that was just chosen on this page. */
  file: Blob | null;
  /** How much of it has been handed over, from 0 to 1. */
  progress: number;
  payload: string | null;
}

export interface Talk {
  entries: Entry[];
  /** What the bot waits for. */
  awaiting: string | null;
  /** Somebody was spoken to and has not ended the turn. */
  isAnswering: boolean;
  /** A person has taken over. */
  isHandedOff: boolean;
  labels: Map<string, string>;
}

export function emptyTalk(): Talk {
  return { entries: [], awaiting: null, isAnswering: false, isHandedOff: false, labels: new Map() };
}

const SIDES: readonly string[] = ["customer", "bot", "agent", "system"];

/** Takes an event in; true if there is something new to read that somebody else has said. */
export function take(talk: Talk, event: Visible): boolean {
  if (event.kind === "state") {
    talk.awaiting = event.awaiting ?? null;
    talk.isAnswering = talk.awaiting === "receipt";
    return false;
  }
  if (!["notice", "message", "image", "handoff"].includes(event.kind) || !SIDES.includes(event.speaker)) return false;
  for (const option of [...(event.quick_replies ?? []), ...(event.cards ?? []).map(asReply)]) {
    if (option.payload) talk.labels.set(option.payload, option.label);
  }
  if (event.kind === "handoff") {
    talk.isHandedOff = true;
    talk.isAnswering = false;
  }
  if (event.speaker === "customer") {
    takeOwn(talk, event);
    return false;
  }
  talk.entries.push(entryOf(event));
  return true;
}

function asReply(card: Card): QuickReply {
  return { label: card.title, payload: card.payload ?? "" };
}

function takeOwn(talk: Talk, event: Visible): void {
  talk.isAnswering = !talk.isHandedOff;
  const id = event.client_message_id ?? "";
  const at = talk.entries.findIndex((entry) => entry.key === id);
  const own = at >= 0 ? talk.entries[at] : undefined;
  const shown = entryOf(event);
  if (event.payload) shown.text = talk.labels.get(event.payload) ?? shown.text;
  if (own === undefined) {
    talk.entries.push(shown);
    return;
  }
  // It moves to where the log has it: what was said before it, by anybody, stands before it.
  talk.entries.splice(at, 1);
  shown.text ||= own.text;
  shown.file = own.file;
  talk.entries.push(shown);
  keepUnsentLast(talk);
}

function keepUnsentLast(talk: Talk): void {
  const stored = talk.entries.filter((entry) => entry.seq > 0);
  talk.entries = [...stored, ...talk.entries.filter((entry) => entry.seq === 0)];
}

function entryOf(event: Visible): Entry {
  return {
    key: event.client_message_id ?? String(event.seq),
    seq: event.seq,
    at: event.at,
    side: event.speaker as Side,
    kind: event.kind === "message" ? "text" : (event.kind as Entry["kind"]),
    text: event.text ?? "",
    isAi: event.is_ai ?? false,
    form: event.form ?? null,
    replies: event.quick_replies ?? [],
    cards: event.cards ?? [],
    delivery: "stored",
    evidenceId: event.evidence_id ?? null,
    file: null,
    progress: 1,
    payload: event.payload ?? null,
  };
}

/** Shown at once, before the appliance has it. */
export function add(talk: Talk, own: Pick<Entry, "key" | "kind" | "text" | "at"> & Partial<Entry>): void {
  talk.entries.push({
    seq: 0,
    side: "customer",
    isAi: false,
    form: null,
    replies: [],
    cards: [],
    delivery: "sending",
    evidenceId: null,
    file: null,
    progress: own.kind === "image" ? 0 : 1,
    payload: null,
    ...own,
  });
}

export function find(talk: Talk, key: string): Entry | undefined {
  return talk.entries.find((entry) => entry.key === key);
}

/** Whether what this entry offers can still be pressed: nothing was said to it yet, and nobody took over. */
export function isOpenToPress(talk: Talk, entry: Entry): boolean {
  if (talk.isHandedOff || entry.side !== "bot") return false;
  const at = talk.entries.indexOf(entry);
  return at >= 0 && !talk.entries.slice(at + 1).some((later) => later.side === "customer");
}

/** The words that confirm a quote carry that quote's own hash: pressing them can confirm no other. */
export function isConfirmation(reply: QuickReply): boolean {
  return reply.payload.startsWith("affirm:");
}
