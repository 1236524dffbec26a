/** What stands in a conversation, made of its events and of what is still on its way. Pure; the page only shows it. */

import type { Card, Form, Holder, Place, QuickReply, Visible } from "./frames";

export type Side = "customer" | "bot" | "agent" | "system";

/** `sending`: not yet known to be stored. `refused`: it was not taken, and can be tried again. */
export type Delivery = "sending" | "stored" | "refused";

export interface Entry {
  key: string;
  seq: number;
  at: string;
  side: Side;
  /** `owner`: somebody else speaks from here on; `rating`: the customer is asked how it was. */
  kind: "text" | "image" | "notice" | "owner" | "rating";
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
  /** Of the agent who said it. */
  badge: string | null;
  /** What the customer answered to being asked for a rating. */
  score: number | null;
}

export interface Talk {
  entries: Entry[];
  /** What the bot waits for. */
  awaiting: string | null;
  /** Somebody was spoken to and has not ended the turn. */
  isAnswering: boolean;
  /** Who has the floor; nobody: the customer waits for a person, and the bot is silent. */
  holder: Holder;
  /** Of the agent who has the floor. */
  badge: string | null;
  /** In the queue, as it was told last. */
  place: Place | null;
  /** An agent is writing. */
  isAgentTyping: boolean;
  labels: Map<string, string>;
}

export function emptyTalk(): Talk {
  return {
    entries: [],
    awaiting: null,
    isAnswering: false,
    holder: "bot",
    badge: null,
    place: null,
    isAgentTyping: false,
    labels: new Map(),
  };
}

const KINDS: readonly string[] = ["notice", "message", "image", "handoff", "owner", "rating"];
const SIDES: readonly string[] = ["customer", "bot", "agent", "system"];

/** Takes an event in; true if there is something new to read that somebody else has said. */
export function take(talk: Talk, event: Visible): boolean {
  if (event.kind === "state") {
    talk.awaiting = event.awaiting ?? null;
    talk.isAnswering = talk.awaiting === "receipt";
    return false;
  }
  if (!KINDS.includes(event.kind) || !SIDES.includes(event.speaker)) return false;
  for (const option of [...(event.quick_replies ?? []), ...(event.cards ?? []).map(asReply)]) {
    if (option.payload) talk.labels.set(option.payload, option.label);
  }
  if (event.kind === "handoff" || event.holder) give(talk, event.holder ?? "nobody", event.badge ?? null);
  if (event.speaker === "agent") talk.isAgentTyping = false;
  if (event.kind === "handoff" || (event.kind === "owner" && !event.text)) return false;
  if (event.kind === "rating" && event.speaker === "customer") {
    const asked = lastAsked(talk);
    if (asked) asked.score = event.score ?? null;
    return false;
  }
  if (event.speaker === "customer") {
    takeOwn(talk, event);
    return false;
  }
  talk.entries.push(entryOf(event));
  return true;
}

function give(talk: Talk, holder: Holder, badge: string | null): void {
  Object.assign(talk, { holder, badge, isAnswering: false, isAgentTyping: false });
  if (holder !== "nobody") talk.place = null;
}

function lastAsked(talk: Talk): Entry | undefined {
  return talk.entries.findLast(({ kind }) => kind === "rating");
}

function asReply(card: Card): QuickReply {
  return { label: card.title, payload: card.payload ?? "" };
}

function takeOwn(talk: Talk, event: Visible): void {
  talk.isAnswering = talk.holder === "bot";
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
    kind: kindOf(event),
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
    badge: event.badge ?? null,
    score: null,
  };
}

function kindOf(event: Visible): Entry["kind"] {
  if (event.kind === "message") return "text";
  if (event.kind === "rating" && event.awaiting !== "rating") return "notice";
  return event.kind as Entry["kind"];
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
    badge: null,
    score: null,
    ...own,
  });
}

export function find(talk: Talk, key: string): Entry | undefined {
  return talk.entries.find((entry) => entry.key === key);
}

/** Whether a score can still be given: it is of the service that ended last, and there is none yet. */
export function isOpenToRate(talk: Talk, entry: Entry): boolean {
  return entry.score === null && lastAsked(talk)?.key === entry.key;
}

/** Whether what this entry offers can still be pressed: nothing was said to it yet, and nobody took over. */
export function isOpenToPress(talk: Talk, entry: Entry): boolean {
  if (talk.holder !== "bot" || entry.side !== "bot") return false;
  const at = talk.entries.indexOf(entry);
  return at >= 0 && !talk.entries.slice(at + 1).some((later) => later.side === "customer");
}

/** The words that confirm a quote carry that quote's own hash: pressing them can confirm no other. */
export function isConfirmation(reply: QuickReply): boolean {
  return reply.payload.startsWith("affirm:");
}
