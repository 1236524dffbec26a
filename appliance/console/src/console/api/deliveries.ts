/** What a shop's own systems were told, as `/api/staff/v1/webhook-deliveries` tells it. */

import { call, query } from "./client";

export const STATES = ["pending", "delivered", "dead"] as const;
export type DeliveryState = (typeof STATES)[number];

export interface Delivery {
  delivery_id: string;
  conversation_id: string | null;
  seq: number | null;
  work_order_id: string | null;
  type: string;
  state: DeliveryState;
  attempts: number;
  failure: string | null;
  status: number | null;
  made_at: string;
  due_at: string | null;
  ended_at: string | null;
}

export interface DeliveryPage {
  deliveries: Delivery[];
  cursor: string | null;
}

const PATH = "/webhook-deliveries";

export const deliveries = {
  page: (shop: string, state?: DeliveryState, cursor?: string) =>
    call<DeliveryPage>("GET", query(PATH, { shop, state, cursor })),
  again: (id: string) => call<Delivery>("POST", `${PATH}/${id}/replay`),
  allAgain: (shop: string) => call<{ deliveries: number }>("POST", `${PATH}/replay`, { shop }),
};
