/** The systems of the shops that call the intranet API, as `/api/staff/v1` speaks of them. */

import { call } from "../api/client";

export const SCOPES = [
  "events:write",
  "conversations:read",
  "cases:read",
  "decisions:read",
  "work_orders:read",
  "work_orders:write",
  "call_refusals:write",
] as const;
export type Scope = (typeof SCOPES)[number];

export const CREDENTIALS = ["signature", "api_key"] as const;
export type Credential = (typeof CREDENTIALS)[number];

export interface Client {
  client_id: string;
  credential: Credential;
  name: string;
  scopes: Scope[];
  created_at: string;
  revoked_at: string | null;
  last_used_at: string | null;
  certificates: number;
  /** A security administrator's, without which it opens nothing; null: it needs none. */
  agreement: "proposed" | "applied" | "refused" | null;
}

export interface Proposal {
  shop_id: string;
  client_id: string;
  name: string;
  scopes: Scope[];
  proposed_by: string;
  proposed_at: string;
}

export interface ShopClients {
  shop_id: string;
  name: string;
  clients: Client[];
}

export interface Made {
  client: Client;
  secret: string;
  caller: string | null;
}

export const clients = {
  all: () => call<ShopClients[]>("GET", "/clients"),
  make: (shop: string, wanted: { credential: Credential; name: string; scopes: Scope[] }) =>
    call<Made>("POST", `/shops/${encodeURIComponent(shop)}/clients`, wanted),
  revoke: (shop: string, { credential, client_id }: Client) =>
    call<undefined>("DELETE", `/shops/${encodeURIComponent(shop)}/clients/${credential}/${client_id}`),
  waiting: () => call<Proposal[]>("GET", "/client-proposals"),
  decide: ({ shop_id, client_id }: Proposal, how: "approve" | "refuse") =>
    call<undefined>("POST", `/client-proposals/${encodeURIComponent(shop_id)}/${client_id}/${how}`),
};
