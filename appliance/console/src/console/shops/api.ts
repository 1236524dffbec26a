/** Shops and how they are set up, as `/api/staff/v1/shops` speaks of them. */

import { call } from "../api/client";
import type { AccountState } from "../api/access";

export type Tone = "warm" | "professional" | "concise";
export const TONES: readonly Tone[] = ["warm", "professional", "concise"];

export interface ShopNamed {
  shop_id: string;
  name: string;
}

/** null: as shipped. */
export interface Persona {
  tone: Tone | null;
  bot_name: string | null;
  shop_name: string | null;
  call: string | null;
  oh: string | null;
  welcome: string | null;
}

export interface Hours {
  zone: string;
  weekdays: number[];
  spans: string[];
  holidays: string[];
  make_up_days: string[];
}

export interface GroupHours {
  group: string;
  hours: Hours;
  is_own: boolean;
  opens_at: string | null;
}

export interface Place {
  mapping: string;
  base_url: string;
}

export interface Shop extends ShopNamed {
  created_at: string;
  persona: Persona;
  widget: { origins: string[]; accent: string | null; avatar: string | null; has_calls: boolean };
  order_system: Place | null;
  hours: GroupHours[];
  has_visitors: boolean;
}

export interface Standing {
  has_persona: boolean;
  has_own_hours: boolean;
  is_connected: boolean;
  is_embedded: boolean;
  is_answered: boolean;
  agents: Record<AccountState, number>;
  seats: number;
  is_live: boolean;
}

export interface MappingSeen {
  mapping: string;
  name: string;
  credentials: string[];
  by_hand: string[];
}

export interface FieldSeen {
  name: string;
  state: string;
  type: string | null;
  expected: string | null;
}

export interface Tried {
  operation: string;
  is_good: boolean;
  detail: string;
  fields: FieldSeen[];
}

export interface Report {
  name: string;
  not_written: string[];
  tried: Tried[];
  timings: { operation: string; requests: number; median_ms: number; longest_ms: number }[];
  clock_skew_s: number | null;
}

export type Credentials = Record<string, string>;
type PlaceGiven = Place & { credentials?: Credentials };

export interface WidgetGiven {
  origins: string[];
  accent: string | null;
  avatar?: string;
  keeps_avatar: boolean;
  has_calls: boolean;
}

const of = (shop: string) => `/shops/${encodeURIComponent(shop)}`;

export const shopApi = {
  names: () => call<ShopNamed[]>("GET", "/shops"),
  create: (made: ShopNamed) => call<ShopNamed>("POST", "/shops", made),
  shop: (shop: string) => call<Shop>("GET", of(shop)),
  standing: (shop: string) => call<Standing>("GET", `${of(shop)}/standing`),
  rename: (shop: string, name: string) => call<undefined>("PUT", of(shop), { name }),
  speakAs: (shop: string, persona: Partial<Persona>) => call<undefined>("PUT", `${of(shop)}/persona`, persona),
  dress: (shop: string, look: WidgetGiven) => call<undefined>("PUT", `${of(shop)}/widget`, look),
  connect: (shop: string, place: PlaceGiven) => call<undefined>("PUT", `${of(shop)}/order-system`, place),
  check: (shop: string, place: PlaceGiven & { customer?: string }) =>
    call<Report>("POST", `${of(shop)}/order-system/check`, place),
  setHours: (shop: string, group: string, hours: Hours | null) =>
    call<undefined>("PUT", `${of(shop)}/hours/${encodeURIComponent(group)}`, { hours }),
  askForAgent: (shop: string, asked: { login: string; name: string; role: "agent" | "supervisor" }) =>
    call<{ state: string }>("POST", `${of(shop)}/agents`, asked),
  mappings: () => call<MappingSeen[]>("GET", "/order-system-mappings"),
};
