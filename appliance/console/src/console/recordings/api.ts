/** The recordings of a conversation's calls, as the staff API speaks of them. Each look and each hearing is recorded. */

import { blob, call } from "../api/client";

export interface Recording {
  recording_id: string;
  begun_at: string;
  ended_at: string | null;
  /** Null: the call is still being recorded. */
  ending: "kept" | "refused" | "broken" | null;
  length_ms: number | null;
  silenced_ms: number | null;
}

export interface Silence {
  from_ms: number;
  until_ms: number;
  why: string;
}

export const HEARD_FOR = ["dispute", "complaint", "quality", "legal_duty"] as const;
export type HeardFor = (typeof HEARD_FOR)[number];

export interface Hearing {
  purpose: HeardFor;
  reason: string;
}

const all = (conversation: string): string => `/conversations/${conversation}/recordings`;

export const recordings = {
  of: (conversation: string) => call<Recording[]>("GET", all(conversation)),
  silences: (conversation: string, id: string) => call<Silence[]>("GET", `${all(conversation)}/${id}/silences`),
  audio: (conversation: string, id: string, hearing: Hearing, isFile = false) =>
    blob(`${all(conversation)}/${id}/audio`, { ...hearing, is_file: isFile }),
};
