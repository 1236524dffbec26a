/** Work orders, as `/api/staff/v1/work-orders` speaks of them. */

import { call, query } from "./client";

export const STATES = [
  "new",
  "assigned",
  "in_progress",
  "waiting_customer",
  "reopened",
  "resolved",
  "closed",
  "cancelled",
  "merged",
] as const;
export type WorkState = (typeof STATES)[number];
export const OPEN: readonly WorkState[] = ["new", "assigned", "in_progress", "waiting_customer", "reopened"];
export const KINDS = [
  "request",
  "complaint",
  "call_back",
  "invoice",
  "urge_warehouse",
  "return_overdue",
  "refund_due",
  "refund_refused",
  "guide_unsent",
  "unknown_outcome",
  "order_system_down",
  "cannot_send",
  "by_hand",
  "undelivered",
  "difference",
  "legal",
] as const;
export type WorkKind = (typeof KINDS)[number];
export const TEAMS = ["after_sales", "finance", "warehouse", "legal"] as const;
export type Team = (typeof TEAMS)[number];
export const PRIORITIES = ["low", "normal", "high", "urgent"] as const;
export type WorkPriority = (typeof PRIORITIES)[number];
export const OUTCOMES = ["done", "not_possible", "not_needed"] as const;
export type WorkOutcome = (typeof OUTCOMES)[number] | "settled";
export type Deed =
  | "assign"
  | "transfer"
  | "start"
  | "wait"
  | "resume"
  | "resolve"
  | "close"
  | "reopen"
  | "cancel"
  | "merge"
  | "prioritise"
  | "escalate";

export interface WorkOrder {
  work_order_id: string;
  version: number;
  kind: WorkKind;
  state: WorkState;
  priority: WorkPriority;
  team: Team;
  skills: string[];
  created_at: string;
  response_due_at: string;
  due_at: string;
  warn_at: string;
  summary: Record<string, unknown>;
  conversation_id: string | null;
  case_id: string | null;
  order_id: string | null;
  assignee: string | null;
  opener_type: "staff" | "client" | "service";
  opener: string;
  responded_at: string | null;
  paused_at: string | null;
  response_breached_at: string | null;
  breached_at: string | null;
  escalation: number;
  outcome: WorkOutcome | null;
  merged_into: string | null;
  resolved_at: string | null;
}

export interface Whole {
  work_order: WorkOrder;
  evidence: string[];
  deeds: Deed[];
}

export interface Change {
  seq: number;
  deed: string;
  from_state: WorkState | null;
  to_state: WorkState;
  author_type: WorkOrder["opener_type"];
  author: string;
  at: string;
  detail: Record<string, unknown>;
}

/** Why a wish for no calls counts no more. */
export const WITHDRAWN_FOR = ["customer_asked", "noted_by_mistake"] as const;
export type WithdrawnFor = (typeof WITHDRAWN_FOR)[number];

export interface CallMade {
  purpose: string;
  basis: string;
  state: string;
  number: number | null;
  placed_at: string | null;
  answered_at: string | null;
  ended_at: string | null;
  outcome: string | null;
  conversation_id: string | null;
  next_at: string | null;
}

export interface Comment {
  comment_id: string;
  author_type: WorkOrder["opener_type"];
  author: string;
  at: string;
  words: string | null;
}

/** What a person must know to be given a complaint. */
export const COMPLAINT = "complaint";

export interface Member {
  staff_id: string;
  team: Team;
  skills: string[];
  is_available: boolean;
  load: number;
}

export interface Asked {
  deed: Deed;
  assignee?: string;
  team?: Team;
  priority?: WorkPriority;
  outcome?: WorkOutcome;
  into?: string;
}

export interface Filter {
  state?: readonly WorkState[];
  kind?: WorkKind | undefined;
  team?: Team | undefined;
  assignee?: string | undefined;
  conversation_id?: string | undefined;
  is_breached?: "true" | undefined;
}

export interface Opening {
  shop: string;
  kind: WorkKind;
  words?: string;
  conversation_id?: string;
  order_id?: string;
  team?: Team;
  priority?: WorkPriority;
}

const at = (id: string, part = ""): string => `/work-orders/${id}${part}`;

function filtered(shop: string, filter: Filter, cursor: string | undefined): string {
  const { state, ...rest } = filter;
  const path = query("/work-orders", { shop, ...rest, cursor });
  return path + (state ?? []).map((each) => `&state=${each}`).join("");
}

export const work = {
  page: (shop: string, filter: Filter, cursor?: string) =>
    call<{ work_orders: WorkOrder[]; cursor: string | null }>("GET", filtered(shop, filter, cursor)),
  read: (id: string) => call<Whole>("GET", at(id)),
  changes: (id: string) => call<Change[]>("GET", at(id, "/changes")),
  calls: (id: string) => call<CallMade[]>("GET", at(id, "/calls")),
  noCalls: (id: string) => call<undefined>("POST", at(id, "/no-calls")),
  allowCalls: (id: string, why: WithdrawnFor) => call<undefined>("POST", at(id, "/no-calls/withdrawal"), { why }),
  comments: (id: string) => call<Comment[]>("GET", at(id, "/comments")),
  open: (opening: Opening) => call<WorkOrder>("POST", "/work-orders", opening),
  act: (id: string, asked: Asked, version: number) => call<WorkOrder>("POST", at(id, "/deeds"), asked, version),
  comment: (id: string, words: string) => call<{ comment_id: string }>("POST", at(id, "/comments"), { words }),
  members: (shop: string) => call<Member[]>("GET", query("/work-members", { shop })),
  setMember: (shop: string, { staff_id, team, skills, is_available }: Member) =>
    call<undefined>("PUT", `/work-members/${staff_id}`, { shop, team, skills, is_available }),
  attach: (id: string, evidence: string) =>
    call<undefined>("POST", at(id, "/attachments"), { evidence_id: evidence }),
};
