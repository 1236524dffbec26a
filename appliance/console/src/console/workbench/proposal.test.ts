import { describe, expect, it } from "vitest";

import { fenOf, yuan } from "../desk/amounts";
import type { Order } from "../desk/customer";
import { fresh, lackOf, linesOf, proposalOf } from "./proposal";

const line = (line_id: string, free: number) => ({ line_id, title: "灯", quantity: 2, unit_price_fen: 990, free });
const order = { order_id: "1", lines: [line("L1", 2), line("L2", 0)] } as unknown as Order;

describe("an amount as somebody writes it", () => {
  it("is exact to the fen, or none", () => {
    expect(["12", "12.3", "0.07", "1234567.89", " 5 "].map(fenOf)).toEqual([1200, 1230, 7, 123456789, 500]);
    expect(["", ".5", "1.234", "-1", "1,000", "1e3", "０.5"].map(fenOf)).toEqual(Array(7).fill(null));
    expect(yuan(fenOf("1234567.89") ?? 0)).toBe("¥1234567.89");
  });
});

describe("a proposal of a special refund", () => {
  const filled = { ...fresh(order), units: { L1: 5, L2: 1 }, words: " 补偿 " };

  it("holds no more units than are free, and all of them where the order is cancelled", () => {
    expect(linesOf(order, filled)).toEqual([{ line_id: "L1", quantity: 2 }]);
    expect(linesOf(order, { ...filled, units: {}, flow: "cancel_order" })).toEqual([{ line_id: "L1", quantity: 2 }]);
  });

  it("is sent with what was filled in and nothing else", () => {
    expect(proposalOf("c", order, { ...filled, amount: "3.05" })).toEqual({
      conversation_id: "c",
      order_id: "1",
      flow: "refund_only",
      lines: [{ line_id: "L1", quantity: 2 }],
      special_reason: "goodwill",
      words: "补偿",
      evidence: [],
      amount_fen: 305,
    });
    expect(proposalOf("c", order, { ...filled, flow: "cancel_order", amount: "3.05" })).not.toHaveProperty("amount_fen");
  });

  it("says what it lacks", () => {
    expect(lackOf(order, { ...filled, units: {} })).toBe("needUnits");
    expect(lackOf(order, { ...filled, amount: "0" })).toBe("needAmount");
    expect(lackOf(order, { ...filled, words: " " })).toBe("needWords");
    expect(lackOf(order, filled)).toBeNull();
  });
});
