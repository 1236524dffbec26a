/**
 * One customer's call from a page: microphone and loudspeaker on one side, the appliance's socket on the other, and what
 * there is to see of it. What was said stays in the chat; this shows what is being said. Knows no page.
 */

import { reactive } from "vue";

import { callFrameOf, PROTOCOL } from "./frames";
import type { CallCommand, CallFrame, How, Turn } from "./frames";
import { SoundFailed } from "./sound";
import type { OpenSound, Sound, SoundFlaw } from "./sound";

export type CallState = "idle" | "asking" | "connecting" | "live";
/** Words for it stand in `widget/words.ts`. */
export type CallTrouble =
  | SoundFlaw
  | "lines_busy"
  | "calls_away"
  | "calls_off"
  | "call_held"
  | "with_people"
  | "too_often"
  | "token"
  | "broke"
  | "failed";

export interface CallShown {
  state: CallState;
  turn: Turn;
  /** What the customer is saying, as far as it is understood. */
  heard: string;
  /** The sentence that is being said to him. */
  says: string;
  /** Of what is sent, from 0 to 1. */
  level: number;
  isMuted: boolean;
  /** Only what is said while a button is held is sent. */
  isByPress: boolean;
  isPressed: boolean;
  isRecorded: boolean;
  trouble: CallTrouble | null;
  /** How the last call ended, until the next begins. */
  how: How | null;
}

export interface CallSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: ((closed: { code: number }) => void) | null;
  send(data: string | ArrayBuffer): void;
  close(): void;
}

export interface CallWorld {
  openSound: OpenSound;
  openSocket(url: string, protocols: string[]): CallSocket;
}

/** Where the conversation of a call is spoken. */
export interface CallPlace {
  address: string;
  token: string;
}

/** What is not on its way yet after two seconds comes too late: 16-bit samples at 16 kHz. */
export const MOST_BUFFERED = 64_000;
const TOKEN_PREFIX = "access.";
const CODES: Partial<Record<string, CallTrouble>> = {
  lines_busy: "lines_busy",
  calls_away: "calls_away",
  calls_off: "calls_off",
  call_held: "call_held",
  with_people: "with_people",
  too_many_requests: "too_often",
  token_expired: "token",
  token_not_valid: "token",
};
/** By its own words whatever the appliance said: it may have been restarted, or be beyond a broken network. */
const QUIET = { turn: "listening", heard: "", says: "", level: 0, isPressed: false } as const;

export class Call {
  readonly shown: CallShown = reactive({
    state: "idle",
    isMuted: false,
    isByPress: false,
    isRecorded: false,
    trouble: null,
    how: null,
    ...QUIET,
  });
  private sound: Sound | null = null;
  private socket: CallSocket | null = null;
  /** Of the attempt that is under way: who hung up meanwhile has begun another, or none. */
  private attempt = 0;

  constructor(private readonly world: CallWorld) {}

  get isOn(): boolean {
    return this.shown.state !== "idle";
  }

  /** To be called when something was pressed. `place` is asked for once there is a microphone; null: there is no talk. */
  async begin(place: () => Promise<CallPlace | null>): Promise<void> {
    if (this.isOn) return;
    const attempt = (this.attempt += 1);
    Object.assign(this.shown, { ...QUIET, state: "asking", trouble: null, how: null, isMuted: false });
    try {
      const sound = await this.world.openSound({
        frame: (pcm, level) => {
          if (attempt === this.attempt) this.send(pcm, level);
        },
        played: (mark) => {
          if (attempt === this.attempt) this.tell({ type: "played", mark });
        },
        lost: () => {
          if (attempt === this.attempt) this.end("mic_missing");
        },
      });
      if (attempt !== this.attempt) {
        sound.close();
        return;
      }
      this.sound = sound;
      this.shown.state = "connecting";
      const there = await place();
      if (attempt !== this.attempt) return;
      if (there === null) this.end("failed");
      else this.connect(there);
    } catch (error) {
      if (attempt === this.attempt) this.end(error instanceof SoundFailed ? error.flaw : "failed");
    }
  }

  hangUp(): void {
    if (!this.isOn) return;
    this.tell({ type: "hang_up" });
    this.shown.how = this.shown.state === "live" ? "ended" : null;
    this.end(null);
  }

  press(key: string): void {
    this.tell({ type: "key", key });
  }

  refuseRecording(): void {
    this.tell({ type: "refuse_recording" });
  }

  mute(isMuted: boolean): void {
    this.shown.isMuted = isMuted;
  }

  byPress(isByPress: boolean): void {
    this.shown.isByPress = isByPress;
    this.shown.isPressed = false;
  }

  hold(isPressed: boolean): void {
    this.shown.isPressed = isPressed && this.shown.isByPress;
  }

  /** What was shown of a call that ended has been seen. */
  clear(): void {
    Object.assign(this.shown, { trouble: null, how: null });
  }

  private connect({ address, token }: CallPlace): void {
    const socket = this.world.openSocket(address, [PROTOCOL, TOKEN_PREFIX + token]);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onmessage = ({ data }) => {
      if (this.socket !== socket) return;
      if (data instanceof ArrayBuffer) this.sound?.play(data);
      else if (typeof data === "string") this.take(callFrameOf(data));
    };
    socket.onclose = () => {
      if (this.socket === socket) this.end(this.shown.state === "live" ? "broke" : "calls_away");
    };
  }

  private take(frame: CallFrame | null): void {
    const { shown } = this;
    switch (frame?.type) {
      case "begun":
        shown.state = "live";
        shown.isRecorded = frame.is_recorded;
        break;
      case "mark":
        this.sound?.mark(frame.mark);
        break;
      case "flush":
        this.sound?.flush();
        shown.says = "";
        break;
      case "turn":
        shown.turn = frame.state;
        if (frame.state === "hearing") shown.heard = "";
        break;
      case "heard":
        shown.heard = frame.text;
        break;
      case "says":
        shown.says = frame.text;
        break;
      case "recording":
        shown.isRecorded = frame.is_on;
        break;
      case "left":
        shown.how = frame.how;
        this.end(null);
        break;
      case "error":
        this.end(CODES[frame.code] ?? (frame.retryable ? "calls_away" : "failed"));
        break;
    }
  }

  /** Silence while nothing may be heard: the appliance hears the line all the time. */
  private send(pcm: ArrayBuffer, level: number): void {
    const { shown, socket } = this;
    const isOpen = !shown.isMuted && (!shown.isByPress || shown.isPressed);
    shown.level = isOpen ? level : 0;
    if (shown.state !== "live" || socket === null || socket.bufferedAmount > MOST_BUFFERED) return;
    socket.send(isOpen ? pcm : new ArrayBuffer(pcm.byteLength));
  }

  private tell(command: CallCommand): void {
    if (this.shown.state === "live") this.socket?.send(JSON.stringify(command));
  }

  private end(trouble: CallTrouble | null): void {
    this.attempt += 1;
    const { socket, sound } = this;
    this.socket = this.sound = null;
    if (socket !== null) {
      socket.onmessage = socket.onclose = null;
      socket.close();
    }
    sound?.close();
    Object.assign(this.shown, { ...QUIET, state: "idle", trouble });
  }
}
