/** How the keys stand, as `/api/staff/v1/keys` tells it. */

import { call } from "../api/client";

export interface ShopKeys {
  shop_id: string;
  epoch: number;
  epoch_since: string;
  older_epochs: number;
  subjects: number;
  behind: number;
  erased: number;
}

export interface Rotation {
  layer: "root" | "shop" | "subject" | "old_root" | "index";
  place: string;
  target: number;
  moved: number;
  started_at: string;
  finished_at: string | null;
  remaining: number | null;
}

export interface Copy {
  kind: "shares" | "epochs";
  generation: number | null;
  made_at: string;
}

export interface Keys {
  root: { provider: "file" | "pkcs11" | "sdf"; suite: string; generations: number[]; newest_since: string | null };
  shops: ShopKeys[];
  rotations: Rotation[];
  copies: Copy[];
}

export const keys = { look: () => call<Keys>("GET", "/keys") };
