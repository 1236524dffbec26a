/** What the staff API says of the desk, and the frames of its socket (`appliance/channels/staff/desk_frames.py`). */

export type Presence = "online" | "busy" | "away" | "offline";
export type Priority = "normal" | "high" | "urgent";
export type Side = "bot" | "agent" | "nobody";
export type CloseReason = "solved" | "not_possible" | "followed_up" | "no_answer" | "out_of_scope";
export type Fault = "wrong_fact" | "misunderstood" | "not_helpful" | "bad_tone";

export const PRESENCES: readonly Presence[] = ["online", "busy", "away", "offline"];
export const CLOSE_REASONS: readonly CloseReason[] = ["solved", "not_possible", "followed_up", "no_answer", "out_of_scope"];
export const FAULTS: readonly Fault[] = ["wrong_fact", "misunderstood", "not_helpful", "bad_tone"];

export interface Seat {
  staff_id: string;
  badge: string;
  groups: string[];
  capacity: number;
  presence: Presence;
  seen_at: string | null;
  held: number;
}

export interface Waiting {
  conversation_id: string;
  skill: string;
  priority: Priority;
  reason: string;
  asked_at: string;
  opens_at: string | null;
  position: number | null;
  estimate_s: number | null;
}

export interface Mine {
  conversation_id: string;
  token: number;
  skill: string;
  priority: Priority;
  reason: string;
  asked_at: string;
  served_at: string;
}

export interface Talk {
  conversation_id: string;
  channel: string;
  holder: Side;
  agent_id: string | null;
  badge: string | null;
  started_at: string;
  last_at: string;
}

export interface Group {
  group: string;
  waiting: number;
  longest_since: string | null;
  online: number;
  free: number;
}

export interface Board {
  groups: Group[];
  seats: Seat[];
  waiting: Waiting[];
}

export interface Handed {
  conversation_id: string;
  holder: Side;
  agent_id: string | null;
  token: number;
}

export interface LogEvent {
  seq: number;
  at: string;
  type: string;
  data: Record<string, unknown>;
  words: string | null;
}

export interface Say {
  type: "message";
  id: string;
  conversation_id: string;
  token: number;
  text: string;
}

export type ClientFrame =
  | { type: "presence"; presence: Presence }
  | Say
  | { type: "typing"; conversation_id: string }
  | { type: "watch"; conversation_id: string; after: number }
  | { type: "unwatch"; conversation_id: string }
  | { type: "live"; is_wanted: boolean }
  | { type: "ping" };

export interface FrameError {
  type: "error";
  code: string;
  detail: string;
  status: number;
  retryable: boolean;
  id: string | null;
}

export type ServerFrame =
  | { type: "welcome"; staff_id: string; seat: Seat | null }
  | { type: "assigned"; conversation: Mine }
  | { type: "released"; conversation_id: string }
  | { type: "event"; conversation_id: string; event: LogEvent }
  | ({ type: "queue" } & Board)
  | { type: "live"; moved: Talk[]; gone: string[] }
  | { type: "typing"; conversation_id: string }
  | { type: "ack"; id: string; seq: number; duplicate: boolean }
  | FrameError
  | { type: "pong"; at: string; is_there: boolean };

/** Null: nothing that can be read. */
export function frameOf(data: unknown): ServerFrame | null {
  if (typeof data !== "string") return null;
  try {
    return JSON.parse(data) as ServerFrame;
  } catch {
    return null;
  }
}
