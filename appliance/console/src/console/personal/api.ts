/** What was found of personal data, and for whom it was made clear, as `/api/staff/v1/audit` speaks of it. */

import type { Actor, Outcome } from "../audit/api";
import { call, query } from "../api/client";

export interface Disclosure {
  seq: number;
  ts: string;
  action: string;
  outcome: Outcome;
  actor: Actor;
  object: { type: string; id: string };
  shop: string;
  purpose: string;
  what: string;
  note: string;
}

export interface FoundCount {
  day: string;
  channel: string;
  type: string;
  values: number;
}

export interface Findings {
  since: string;
  until: string;
  found: FoundCount[];
  afterwards: { day: string; type: string; times: number }[];
}

export interface Period {
  since: string;
  until: string;
}

export const personal = {
  findings: (period: Period) => call<Findings>("GET", query("/audit/findings", { ...period })),
  disclosures: (period: Period, cursor?: number) =>
    call<{ disclosures: Disclosure[]; unreadable: number[]; cursor: number | null }>(
      "GET",
      query("/audit/disclosures", { ...period, cursor }),
    ),
};
