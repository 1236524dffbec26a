/** Special refunds, as `/api/staff/v1/special-refunds` speaks of them: one person proposes, another decides. */

import { call, query } from "./client";

export const FLOWS = ["refund_only", "return_refund", "cancel_order"] as const;
export type SpecialFlow = (typeof FLOWS)[number];
export const SPECIAL_REASONS = [
  "goodwill",
  "service_failure",
  "above_limit",
  "late_but_justified",
  "legal_advice",
] as const;
export type SpecialReason = (typeof SPECIAL_REASONS)[number];
export const STATES = ["proposed", "approved", "rejected", "withdrawn", "expired", "void"] as const;
export type State = (typeof STATES)[number];

export interface Line {
  line_id: string;
  quantity: number;
}

export interface QuoteLine extends Line {
  title: string;
  gross_fen: number;
  coupon_fen: number;
  refund_fen: number;
}

export interface Proposal {
  proposal_id: string;
  conversation_id: string;
  order_id: string;
  state: State;
  wanted: { flow: SpecialFlow; special_reason: SpecialReason; reason: string | null; evidence: string[] };
  quote: { lines: QuoteLine[]; goods_fen: number; freight_fen: number; total_fen: number };
  quote_hash: string;
  total_fen: number;
  verdict: string;
  rule: string;
  proposed_by: string;
  proposed_at: string;
  expires_at: string;
  decided_by: string | null;
  decided_at: string | null;
  case_state: string | null;
  refusal: string | null;
}

export interface Shown {
  proposal: Proposal;
  words: string | null;
}

export interface Allowance {
  propose_fen: number;
  proposals_left: number;
  approve_fen: number;
  approve_day_fen: number;
  order_fen: number;
  customer_left: number;
}

export interface NewProposal {
  conversation_id: string;
  order_id: string;
  flow: SpecialFlow;
  lines: Line[];
  special_reason: SpecialReason;
  words: string;
  reason?: string;
  amount_fen?: number;
  evidence: string[];
}

const at = (id: string, deed = ""): string => `/special-refunds/${id}${deed}`;

export const special = {
  page: (shop: string, state: State | undefined, cursor: string | undefined) =>
    call<{ special_refunds: Proposal[]; cursor: string | null }>("GET", query("/special-refunds", { shop, state, cursor })),
  read: (id: string) => call<Shown>("GET", at(id)),
  allowance: (conversation: string, order: string) =>
    call<Allowance>("GET", query("/special-refunds/allowance", { conversation_id: conversation, order_id: order })),
  propose: (proposal: NewProposal) => call<Proposal>("POST", "/special-refunds", proposal),
  approve: (id: string, hash: string) => call<Proposal>("POST", at(id, "/approve"), { quote_hash: hash }),
  reject: (id: string) => call<Proposal>("POST", at(id, "/reject")),
  withdraw: (id: string) => call<Proposal>("POST", at(id, "/withdraw")),
};
