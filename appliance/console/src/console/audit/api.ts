/** The audit log, as `/api/staff/v1/audit` speaks of it. */

import { call, lines, query, text } from "../api/client";

export const CATEGORIES = [
  "login",
  "account",
  "policy",
  "keys",
  "config",
  "pii",
  "rights",
  "money",
  "model",
  "backup",
  "audit",
  "egress",
  "service",
] as const;
export type Category = (typeof CATEGORIES)[number];

export const OUTCOMES = ["success", "failure", "denied", "unknown", "pending"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Actor {
  type: "customer" | "staff" | "client" | "service";
  id: string;
  role: string;
  auth: string;
}

export interface Line {
  seq: number;
  id: string;
  ts: string;
  cat: Category;
  action: string;
  kind: "event" | "intent" | "outcome";
  outcome: Outcome;
  actor: Actor;
  object: { type: string; id: string };
  tenant: string;
  reason: string;
  req: string;
}

export interface Page {
  records: Line[];
  /** Numbers of those that are no records any more. */
  unreadable: number[];
  cursor: number | null;
  looked_back_to: string | null;
}

/** The tree of a record: strings only. */
export interface Tree {
  [name: string]: string | Tree | Tree[];
}

export interface View {
  seq: number;
  leaf: string;
  is_signed: boolean;
  record: Tree;
}

export interface Checkpoint {
  number: number;
  size: number;
  created_at: string;
  note: string;
}

export interface Head {
  log_id: string;
  size: number;
  pruned: number;
  waiting: number;
  longest_wait_s: number;
  checkpoint: Checkpoint | null;
  keys: string[];
}

export interface Verdict {
  type: "verdict";
  status: "ok" | "tampered" | "incomplete";
  records: number;
  checkpoints: number;
  unsigned: number;
  root: string;
  first_bad: number | null;
  why: string;
  warnings: string[];
  gaps: string[];
  restarts: string[];
  open_intents: number;
}

export interface PastCheck {
  seq: number;
  ts: string;
  actor: Actor;
  outcome: Outcome;
  records: number | null;
  first_bad: number | null;
}

export type Said =
  | { type: "checked"; records: number; of: number }
  | Verdict
  | { type: "no_verdict"; why: string };

/** As the address of the page holds them, so that a look can be handed on. */
export const FILTERS = [
  "category",
  "action",
  "outcome",
  "actor",
  "object",
  "request_id",
  "shop",
  "since",
  "until",
] as const;
export type Filters = Partial<Record<(typeof FILTERS)[number], string>>;

export const audit = {
  records: (filters: Filters, cursor?: number, limit = 50) =>
    call<Page>("GET", query("/audit/records", { ...filters, cursor, limit })),
  record: (place: string) => call<View>("GET", `/audit/records/${encodeURIComponent(place)}`),
  proof: (place: string) => text(`/audit/records/${encodeURIComponent(place)}/proof`),
  checkpoints: (cursor?: number) =>
    call<{ checkpoints: Checkpoint[]; cursor: number | null }>("GET", query("/audit/checkpoints", { cursor, limit: 20 })),
  head: () => call<Head>("GET", "/audit/head"),
  pastChecks: () => call<PastCheck[]>("GET", "/audit/verifications"),
  verify: (brokenOff: AbortSignal) => lines<Said>("/audit/verifications", brokenOff),
};
