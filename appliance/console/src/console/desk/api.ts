/** The desk, as `/api/staff/v1` speaks of it. */

import { call, query } from "../api/client";
import type { CloseReason, Fault, Handed, LogEvent, Mine, Priority, Seat, Side } from "./frames";

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
    /** Of a call: what the switchboard says of it, by name. */
    line?: Record<string, string>;
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

export interface Colleague {
  staff_id: string;
  name: string;
  badge: string | null;
  may_sit: boolean;
}

export interface ReplyWords {
  title: string;
  text: string;
}

export interface CannedReply extends ReplyWords {
  reply_id: string;
  changed_at: string;
}

export interface Share {
  answered: number;
  decided: number;
}

export interface GroupLevel {
  group: string;
  target_s: number;
  last_hour: Share;
  today: Share;
}

export interface ServiceLevel {
  at: string;
  day_since: string;
  groups: GroupLevel[];
}

export const EVENTS_A_PAGE = 1000;

const talk = (id: string): string => `/desk/conversations/${id}`;

export const desk = {
  mine: (shop: string) => call<Mine[]>("GET", query("/desk/mine", { shop })),
  serviceLevel: (shop: string) => call<ServiceLevel>("GET", query("/desk/service-level", { shop })),
  replies: (shop: string) => call<CannedReply[]>("GET", query("/desk/replies", { shop })),
  addReply: (shop: string, words: ReplyWords) => call<{ reply_id: string }>("POST", "/desk/replies", { shop, ...words }),
  changeReply: (shop: string, id: string, words: ReplyWords) =>
    call<undefined>("PUT", `/desk/replies/${id}`, { shop, ...words }),
  removeReply: (shop: string, id: string) => call<undefined>("DELETE", query(`/desk/replies/${id}`, { shop })),
  carried: (id: string) => call<Carried>("GET", talk(id)),
  events: (id: string, after: number) => call<LogEvent[]>("GET", query(`${talk(id)}/events`, { after })),
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
  takeSeat: (person: string, shop: string) => call<undefined>("DELETE", query(`/desk/seats/${person}`, { shop })),
  colleagues: (shop: string) => call<Colleague[]>("GET", query("/desk/colleagues", { shop })),
  values: (id: string) => call<Value[]>("GET", `/conversations/${id}/values`),
  reveal: (id: string, placeholder: string, purpose: Purpose, reason: string) =>
    call<Value>("POST", `/conversations/${id}/values/reveal`, { placeholder, purpose, reason }),
  pictureUrl: (id: string, evidence: string) => `/api/staff/v1${talk(id)}/evidence/${evidence}`,
};
