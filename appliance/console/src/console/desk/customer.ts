/** The customer of a conversation beside it: what he has ordered, where his cases stand, what policy says of a refund. */

import { call } from "../api/client";
import type { Line } from "../api/special";

export interface OrderLine {
  line_id: string;
  title: string;
  quantity: number;
  unit_price_fen: number;
  free: number;
}

export interface OrderCase {
  case_id: string;
  kind: string;
  status: string;
  stage: string | null;
  refund_fen: number;
  created_at: string | null;
}

export interface Station {
  at: string;
  place: string;
  text: string;
}

export interface Order {
  order_id: string;
  status: string;
  created_at: string | null;
  paid_at: string | null;
  shipped_at: string | null;
  delivered_at: string | null;
  carrier: string | null;
  tracking_no: string | null;
  stations: Station[];
  address: { name: string; phone: string; text: string } | null;
  buyer_note: string | null;
  lines: OrderLine[];
  freight_fen: number;
  coupon_fen: number;
  paid_fen: number;
  refunded_fen: number;
  cases: OrderCase[];
}

export interface Orders {
  is_verified: boolean;
  level: string | null;
  refunds_90d: number | null;
  orders: Order[];
  more: number;
}

export interface Receipt {
  case_id: string;
  refund_fen: number;
  created_at: string;
  sha256: string;
}

export interface Case {
  case_id: string;
  order_id: string;
  conversation_id: string;
  kind: string;
  reason: string | null;
  refund_fen: number;
  state: string;
  stage: string | null;
  created_at: string;
  refusal: string | null;
  deadlines: { expected_at: string | null; refund_due_at: string | null; work_due_at: string | null };
  receipt: Receipt | null;
}

export interface Followed {
  case: Case;
  steps: { status: string; stage: string | null; at: string }[];
}

export interface Ruling {
  decision: { verdict: string; rule: string; refusal: string | null };
  quote: { total_fen: number } | null;
}

export interface RulingAsked {
  order_id: string;
  flow: string;
  lines: Line[];
  reason?: string;
}

const talk = (id: string): string => `/desk/conversations/${id}`;

export const customer = {
  orders: (id: string) => call<Orders>("GET", `${talk(id)}/orders`),
  cases: (id: string) => call<Followed[]>("GET", `${talk(id)}/cases`),
  ruling: (id: string, asked: RulingAsked) => call<Ruling>("POST", `/conversations/${id}/rulings`, asked),
};
