/** What somebody fills in to propose a special refund, and whether it can be sent. Pure. */

import type { Line, NewProposal, SpecialFlow, SpecialReason } from "../api/special";
import { fenOf } from "../desk/amounts";
import type { Order } from "../desk/customer";

export interface Filled {
  flow: SpecialFlow;
  units: Record<string, number>;
  /** In yuan, as it is written; empty: all that was paid for the units. */
  amount: string;
  reason: string;
  why: SpecialReason;
  words: string;
  evidence: string[];
}

export type Lack = "needUnits" | "needAmount" | "needWords";

export function fresh(order: Order | null): Filled {
  const [line] = order?.lines ?? [];
  const isOne = order?.lines.length === 1 && line !== undefined;
  return {
    flow: "refund_only",
    units: isOne ? { [line.line_id]: line.free } : {},
    amount: "",
    reason: "",
    why: "goodwill",
    words: "",
    evidence: [],
  };
}

/** An order is cancelled whole; otherwise what was chosen, and never more than there is. */
export function linesOf(order: Order, filled: Filled): Line[] {
  return order.lines
    .map(({ line_id, free }) => ({
      line_id,
      quantity: filled.flow === "cancel_order" ? free : Math.min(free, Math.max(0, filled.units[line_id] ?? 0)),
    }))
    .filter(({ quantity }) => quantity > 0);
}

export function lackOf(order: Order, filled: Filled): Lack | null {
  if (linesOf(order, filled).length === 0) return "needUnits";
  if (filled.flow !== "cancel_order" && filled.amount.trim() && !fenOf(filled.amount)) return "needAmount";
  return filled.words.trim() ? null : "needWords";
}

export function proposalOf(conversation: string, order: Order, filled: Filled): NewProposal {
  const proposal: NewProposal = {
    conversation_id: conversation,
    order_id: order.order_id,
    flow: filled.flow,
    lines: linesOf(order, filled),
    special_reason: filled.why,
    words: filled.words.trim(),
    evidence: filled.evidence,
  };
  const amount = filled.flow === "cancel_order" ? null : fenOf(filled.amount);
  if (amount !== null) proposal.amount_fen = amount;
  if (filled.reason) proposal.reason = filled.reason;
  return proposal;
}
