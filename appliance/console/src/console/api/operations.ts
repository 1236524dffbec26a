/** How the installation does, as `/api/staff/v1/installation` tells it. */

import { BASE, call, query } from "./client";

export type Grade = "ok" | "warning" | "wrong" | "skipped";
export type Part =
  | "processes"
  | "workers"
  | "database"
  | "audit"
  | "order_systems"
  | "writes"
  | "turns"
  | "webhooks"
  | "jobs"
  | "language_model"
  | "compact_model"
  | "recogniser"
  | "speaker"
  | "disk"
  | "egress"
  | "upkeep";
export type State =
  | "well"
  | "absent"
  | "restarted"
  | "not_ready"
  | "none"
  | "away"
  | "crowded"
  | "low"
  | "behind"
  | "failing"
  | "unknown"
  | "given_up"
  | "failed"
  | "resting"
  | "smaller"
  | "self_test"
  | "reconciling"
  | "blocked";

export type Rung =
  | "smaller_model"
  | "compact_model"
  | "keypad"
  | "plain_voice"
  | "work_orders"
  | "waiting_for_database"
  | "queue"
  | "no_money";

export type Chore = "certificates" | "backup" | "drill" | "egress";

export interface ChoreView {
  chore: Chore;
  tried_at: string | null;
  done_at: string | null;
  due_at: string;
  is_failed: boolean;
  is_overdue: boolean;
}

export interface Standing {
  rung: Rung;
  since: string;
}

export interface PartView {
  part: Part;
  grade: Grade;
  state: State;
  figures: Record<string, number>;
  words: Record<string, string>;
}

export interface ProcessView {
  name: string;
  state: "waiting" | "starting" | "ready" | "backing_off" | "stopping" | "stopped" | "done" | "failed";
  pid: number | null;
  since: string | null;
  restarts: number;
  last_exit: string | null;
}

export interface Contact {
  answered_at: string | null;
  failed_at: string | null;
  failure: string;
  failures_in_row: number;
  rests_until: string | null;
}

export interface Health {
  at: string;
  grade: Grade;
  rungs: Standing[];
  parts: PartView[];
  processes: ProcessView[];
  order_systems: { shop: string; state: State; contact: Contact }[];
  failed_jobs: { task: string; attempts: number; failed_at: string | null; comes_again: boolean }[];
  upkeep: ChoreView[];
}

export interface Finding {
  check: string;
  grade: Grade;
  found: string;
  cure: string;
}

export interface FileHash {
  name: string;
  bytes: number;
  sha256: string;
}

export interface Models {
  compact: {
    version: string;
    fingerprint: string;
    trained_at: string;
    tasks: { name: string; labels: number; accuracy: number }[];
    files: FileHash[];
  };
  language: {
    is_set: boolean;
    url: string;
    model: string;
    has_key: boolean;
    deadline_s: number;
    at_once: number;
    rephrases: boolean;
    is_resting: boolean;
  };
  largest_card_gib: number | null;
  catalogue: {
    name: string;
    title: string;
    role: "chat" | "embedding" | "rerank" | "tts";
    licence: string;
    parameters_b: number;
    quantisation: string;
    least_gib: number;
    fits: boolean | null;
    revision: string;
    profiles: string[];
    digest: string;
  }[];
}

export interface LanguageCheck {
  is_good: boolean;
  took_ms: number;
  served: string[];
  trouble: string;
}

export interface Connector {
  shop: string;
  shop_name: string;
  state: State;
  contact: Contact;
  mapping: string;
  base_url: string;
  name: string;
  reads: string[];
  writes: Record<string, "itself" | "by_hand">;
  takes_events: boolean;
  trouble: string;
  webhooks: number;
}

export interface CheckReport {
  name: string;
  tried: { operation: string; is_good: boolean; detail: string }[];
  timings: { operation: string; requests: number; median_ms: number; longest_ms: number }[];
  clock_skew_s: number | null;
  tls: { version: string; cipher: string; subject: string; valid_until: string } | null;
}

export interface Channels {
  addresses: string[];
  channels: { channel: string; is_open: boolean; path: string; count: number | null }[];
}

export type Source = "default" | "file" | "environment";

export interface Setting {
  name: string;
  description: string;
  value: string;
  default: string;
  is_default: boolean;
  source: Source;
  unit: string;
  least: number | null;
  most: number | null;
}

export interface Settings {
  file: string;
  is_there: boolean;
  waits_for_restart: string[];
  trouble: string;
  sections: { name: string; description: string; settings: Setting[] }[];
}

export const LEVELS = ["debug", "info", "warning", "error", "critical"] as const;
export type Level = (typeof LEVELS)[number];

export interface LogFile {
  name: string;
  bytes: number;
  changed_at: string;
}

export interface LogLine {
  at: string;
  level: Level;
  text: string;
}

export interface Package {
  name: string;
  version: string;
  licence: string;
  record_sha256: string;
}

export interface About {
  version: string;
  python: string;
  postgres: string;
  machine: string;
  record_sha256: string;
  console_sha256: string;
  compact_model: FileHash[];
  packages: Package[];
}

export interface Sought {
  level: Level;
  search: string;
}

export const BILL = `${BASE}/installation/about/bill-of-materials`;

const logOf = (name: string) => `/installation/logs/${encodeURIComponent(name)}`;

export const operations = {
  health: () => call<Health>("GET", "/installation/health"),
  rungs: () => call<Standing[]>("GET", "/installation/rungs"),
  examine: () => call<Finding[]>("POST", "/installation/examinations"),
  models: () => call<Models>("GET", "/installation/models"),
  checkLanguageModel: () => call<LanguageCheck>("POST", "/installation/models/language/check"),
  connectors: () => call<Connector[]>("GET", "/installation/connectors"),
  checkConnector: (shop: string) =>
    call<CheckReport>("POST", `/installation/connectors/${encodeURIComponent(shop)}/check`),
  channels: () => call<Channels>("GET", "/installation/channels"),
  settings: () => call<Settings>("GET", "/installation/settings"),
  logs: () => call<LogFile[]>("GET", "/installation/logs"),
  lines: (name: string, sought: Sought, cursor?: number) =>
    call<{ lines: LogLine[]; cursor: number | null }>(
      "GET",
      query(`${logOf(name)}/lines`, { ...sought, cursor, limit: 100 }),
    ),
  newLines: (name: string, sought: Sought, after: number) =>
    call<{ lines: LogLine[]; end: number; has_gap: boolean }>("GET", query(`${logOf(name)}/new`, { ...sought, after })),
  about: () => call<About>("GET", "/installation/about"),
};
