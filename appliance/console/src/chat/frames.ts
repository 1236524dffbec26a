/** The frames of the chat socket (docs/asyncapi.yaml), as a client reads and writes them. */

export interface QuickReply {
  label: string;
  payload: string;
}

export interface Card {
  title: string;
  lines?: string[];
  payload?: string | null;
}

/** What a bot's words are, besides words. */
export type Form = "quote" | "receipt" | "progress";

export type Holder = "bot" | "agent" | "nobody";

/** Where the customer stands who waits for a person; null is what nobody knows. */
export interface Place {
  position: number | null;
  estimate_s: number | null;
  opens_at: string | null;
}

export interface Visible {
  seq: number;
  at: string;
  /** Kinds that are not known here are passed over. */
  kind: "notice" | "message" | "image" | "handoff" | "owner" | "rating" | "state" | (string & {});
  speaker: "customer" | "bot" | "agent" | "system" | (string & {});
  text?: string;
  quick_replies?: QuickReply[];
  cards?: Card[];
  awaiting?: string | null;
  is_ai?: boolean;
  /** Who has the floor from here on. */
  holder?: Holder | null;
  /** Of the agent who speaks, or who has the floor now. */
  badge?: string | null;
  /** Of the customer's own rating. */
  score?: number | null;
  client_message_id?: string | null;
  /** Of the customer's own choice: what was pressed. */
  payload?: string | null;
  /** Of the customer's own picture. */
  evidence_id?: string | null;
  form?: Form | null;
}

export type Outgoing =
  | { type: "message"; id: string; text: string }
  | { type: "choice"; id: string; payload: string }
  | { type: "image"; id: string; evidence_id: string };

/** What is told at once or not at all: it has no id, and nothing waits for an answer. */
export type Signal = { type: "typing" } | { type: "leave_queue" } | { type: "rate"; score: number };

export interface Refusal {
  code: string;
  detail: string;
  status: number;
  id?: string;
  retryable?: boolean;
}

export type ServerFrame =
  | { type: "welcome"; conversation_id: string; expires_at: string }
  | { type: "event"; event: Visible }
  | { type: "ack"; id: string; duplicate: boolean }
  | ({ type: "queue" } & Place)
  | { type: "typing" }
  | ({ type: "error" } & Refusal)
  | { type: "pong" }
  | { type: "ping" };

export const PROTOCOL = "appliance.chat.v1";
export const TOKEN_PREFIX = "access.";

/** Null for what is no frame: a client passes over what it does not know. */
export function frameOf(raw: unknown): ServerFrame | null {
  if (typeof raw !== "string") return null;
  try {
    const found: unknown = JSON.parse(raw);
    return typeof found === "object" && found !== null && "type" in found ? (found as ServerFrame) : null;
  } catch {
    return null;
  }
}
