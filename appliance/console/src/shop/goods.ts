/** What the demo's order system knows of a visitor's goods, in the words of the page. */

export interface Goods {
  title: string;
  category: string;
  price_fen: number;
  status: string;
}

export interface Visitor {
  customer: string;
  name: string;
  level: string;
  goods: Goods[];
  /** What can be tried, and how to begin. */
  tries: { flow: string; say: string }[];
}

const STATUS = new Map([
  ["unpaid", "待付款"],
  ["paid", "待发货"],
  ["shipped", "运输中"],
  ["delivered", "已签收"],
  ["completed", "已完成"],
]);
const LEVELS = new Map([["gold", "金卡会员"]]);
const DRAWINGS = new Map([
  ["home", "M20 38h8m-4 0V26m-9 0h18l-4-14h-10z"],
  ["clothing", "M18 10l6 4 6-4 8 6-4 6-3-2v18H17V20l-3 2-4-6z"],
  ["shoes", "M8 32c0-6 4-5 6-14l6 2c2 6 8 8 14 9 4 1 6 3 6 7H8zM8 36h32"],
  ["food", "M16 14h16l4 6v20H12V20zM16 14l3-5h10l3 5M18 26h12v8H18z"],
  ["electronics", "M16 8h16v32H16zM24 30a4 4 0 1 0 0-.1M24 15h.1"],
]);

export const statusOf = (goods: Goods): string => STATUS.get(goods.status) ?? goods.status;
export const levelOf = (visitor: Visitor): string => LEVELS.get(visitor.level) ?? "普通会员";
export const drawingOf = (goods: Goods): string => DRAWINGS.get(goods.category) ?? "M12 16l12-6 12 6v16l-12 6-12-6zM12 16l12 6 12-6M24 22v16";
export const priceOf = (goods: Goods): string => `¥${(goods.price_fen / 100).toFixed(2)}`;
