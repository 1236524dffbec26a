/** The desk, as `/api/staff/v1` speaks of it. */

import { call, query } from "../api/client";
import type { Board, CloseReason, Fault, Handed, Mine, Priority, Seat, Side, Talk } from "./frames";

export interface CaseMade {
  case_id: string;
  kind: string;
  state: string;
  order_id: string;
  refund_fen: number;
}

export interface Carried {
  conversation_id: string;
  channel: string;
  holder: Side;
  agent_id: string | null;
  token: number;
  started_at: string;
  is_verified: boolean;
  reason: string | null;
  skill: string | null;
  priority: Priority | null;
  asked_at: string | null;
  summary: {
    flow: string | null;
    slots?: Record<string, unknown>;
    verdict?: string | null;
    mood?: string;
    risks?: string[];
  };
  words: string;
  evidence: string[];
  cases: CaseMade[];
}

export interface Value {
  placeholder: string;
  type: string;
  shown: string;
}

export const PURPOSES = ["call_back", "delivery", "refund", "invoice", "complaint", "identity", "legal_duty"] as const;
export type Purpose = (typeof PURPOSES)[number];

export interface CannedReply {
  reply_id: string;
  title: string;
  text: string;
}

const talk = (id: string): string => `/desk/conversations/${id}`;

export const desk = {
  board: (shop: string) => call<Board>("GET", query("/desk/board", { shop })),
  mine: (shop: string) => call<Mine[]>("GET", query("/desk/mine", { shop })),
  talks: (shop: string) => call<Talk[]>("GET", query("/desk/conversations", { shop })),
  replies: (shop: string) => call<CannedReply[]>("GET", query("/desk/replies", { shop })),
  carried: (id: string) => call<Carried>("GET", talk(id)),
  take: (id: string) => call<Handed>("POST", `${talk(id)}/take`),
  transfer: (id: string, token: number, where: { group: string } | { to: string }) =>
    call<Handed>("POST", `${talk(id)}/transfer`, { token, ...where }),
  handBack: (id: string, token: number) => call<Handed>("POST", `${talk(id)}/hand-back`, { token }),
  close: (id: string, token: number, reason: CloseReason, asksRating: boolean) =>
    call<Handed>("POST", `${talk(id)}/close`, { token, reason, asks_rating: asksRating }),
  note: (id: string, text: string) => call<{ seq: number }>("POST", `${talk(id)}/notes`, { text }),
  mark: (id: string, seq: number, why: Fault) => call<{ seq: number }>("POST", `${talk(id)}/marks`, { said_seq: seq, why }),
  giveSeat: (person: string, seat: { shop: string } & Pick<Seat, "badge" | "groups" | "capacity">) =>
    call<undefined>("PUT", `/desk/seats/${person}`, seat),
  values: (id: string) => call<Value[]>("GET", `/conversations/${id}/values`),
  reveal: (id: string, placeholder: string, purpose: Purpose, reason: string) =>
    call<Value>("POST", `/conversations/${id}/values/reveal`, { placeholder, purpose, reason }),
  pictureUrl: (id: string, evidence: string) => `/api/staff/v1${talk(id)}/evidence/${evidence}`,
};
