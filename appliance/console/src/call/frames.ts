/** The frames of a call's socket beside sound (docs/asyncapi-call.yaml), as a client reads and writes them. */

export const PROTOCOL = "appliance.call.v1";

export type Turn = "listening" | "hearing" | "thinking" | "speaking";
export type How = "ended" | "people" | "out_of_order";

export type CallFrame =
  | { type: "begun"; rate_hz: number; is_recorded: boolean }
  | { type: "mark"; mark: string }
  | { type: "flush" }
  | { type: "turn"; state: Turn }
  | { type: "heard"; text: string; is_final: boolean }
  | { type: "says"; text: string }
  | { type: "recording"; is_on: boolean }
  | { type: "left"; how: How }
  | { type: "error"; code: string; detail: string; status: number; retryable: boolean };

export type CallCommand =
  | { type: "key"; key: string }
  | { type: "refuse_recording" }
  | { type: "played"; mark: string }
  | { type: "hang_up" };

/** Null for what is no frame: a client passes over what it does not know. */
export function callFrameOf(raw: string): CallFrame | null {
  try {
    const found: unknown = JSON.parse(raw);
    return typeof found === "object" && found !== null && "type" in found ? (found as CallFrame) : null;
  } catch {
    return null;
  }
}
