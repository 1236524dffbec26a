/**
 * The line to the desk of one shop: opens the socket, opens it again when it breaks, loses nothing and repeats nothing.
 *
 * What an agent says waits until the appliance has acknowledged it; after a break it is sent again under the same id, which
 * is taken once. Conversations that are looked into are asked for again after the last event that was seen.
 */

import { frameOf } from "./frames";
import type { ClientFrame, LogEvent, Say, ServerFrame } from "./frames";
import type { Socket, World } from "../../chat/line";

export type LineState = "connecting" | "open" | "waiting" | "ended" | "closed";

export interface Listener {
  state(state: LineState): void;
  frame(frame: ServerFrame): void;
  /** Not stored, and not sent again. */
  refused(say: Say, code: string): void;
}

export const PROTOCOL = "appliance.desk.v1";
export const BEAT_MS = 10_000;
/** A pong comes after every ping. */
export const SILENCE_MS = 25_000;
export const FIRST_WAIT_MS = 500;
export const LONGEST_WAIT_MS = 8_000;
export const RETRY_MS = 2_000;
const SESSION_OVER = 4401;

export class DeskLine {
  state: LineState = "closed";

  private socket: Socket | null = null;
  private readonly outbox = new Map<string, Say>();
  /** Conversations that are looked into, and the last event seen of each. */
  private readonly watched = new Map<string, number>();
  private tries = 0;
  private silence: (() => void) | null = null;
  private beat: (() => void) | null = null;

  constructor(
    private readonly url: string,
    private readonly csrf: string,
    private readonly world: World,
    private readonly listener: Listener,
  ) {}

  get waiting(): readonly Say[] {
    return [...this.outbox.values()];
  }

  open(): void {
    if (this.state === "open" || this.state === "connecting") return;
    this.connect();
  }

  close(): void {
    this.drop();
    this.become("closed");
  }

  say(say: Say): void {
    this.outbox.set(say.id, say);
    this.send(say);
  }

  /** What matters now or not at all. */
  tell(frame: Exclude<ClientFrame, Say | { type: "watch" } | { type: "unwatch" }>): void {
    this.send(frame);
  }

  watch(conversation: string, after: number): void {
    this.watched.set(conversation, after);
    this.send({ type: "watch", conversation_id: conversation, after });
  }

  unwatch(conversation: string): void {
    if (this.watched.delete(conversation)) this.send({ type: "unwatch", conversation_id: conversation });
  }

  private connect(): void {
    this.drop();
    this.become("connecting");
    const socket = this.world.open(this.url, [PROTOCOL, `csrf.${this.csrf}`]);
    this.socket = socket;
    this.expect();
    socket.onmessage = ({ data }) => {
      if (this.socket === socket) this.take(frameOf(data));
    };
    socket.onclose = ({ code }) => {
      if (this.socket === socket) this.broke(code);
    };
  }

  private take(frame: ServerFrame | null): void {
    if (frame === null) return;
    this.expect();
    if (frame.type === "welcome") this.welcomed();
    if (frame.type === "ack") this.outbox.delete(frame.id);
    if (frame.type === "event") this.saw(frame.conversation_id, frame.event);
    if (frame.type === "error" && this.refuse(frame.id, frame.code, frame.retryable)) return;
    this.listener.frame(frame);
  }

  private welcomed(): void {
    this.tries = 0;
    this.become("open");
    for (const [conversation, after] of this.watched) {
      this.send({ type: "watch", conversation_id: conversation, after });
    }
    for (const say of this.outbox.values()) this.send(say);
    this.pulse();
  }

  /** What stands in the log is stored, whether or not the acknowledgement came. */
  private saw(conversation: string, event: LogEvent): void {
    const before = this.watched.get(conversation);
    if (before !== undefined && event.seq > before) this.watched.set(conversation, event.seq);
    if (event.type === "agent.said") this.outbox.delete(String(event.data.client_message_id));
  }

  /** True where the error was about something that was said. */
  private refuse(id: string | null, code: string, isRetryable: boolean): boolean {
    const say = id === null ? undefined : this.outbox.get(id);
    if (say === undefined) return false;
    if (isRetryable) {
      this.world.later(RETRY_MS, () => {
        if (this.outbox.has(say.id)) this.send(say);
      });
      return true;
    }
    this.outbox.delete(say.id);
    this.listener.refused(say, code);
    return true;
  }

  private pulse(): void {
    this.beat?.();
    this.send({ type: "ping" });
    this.beat = this.world.later(BEAT_MS, () => {
      this.pulse();
    });
  }

  private expect(): void {
    this.silence?.();
    this.silence = this.world.later(SILENCE_MS, () => {
      this.broke(1006);
    });
  }

  private broke(code: number): void {
    this.drop();
    if (code === SESSION_OVER) {
      this.become("ended");
      return;
    }
    this.become("waiting");
    this.silence = this.world.later(this.pause(), () => {
      this.connect();
    });
  }

  /** Doubled each time, and spread, so that not everybody comes back in the same moment. */
  private pause(): number {
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.tries);
    this.tries += 1;
    return longest * (0.5 + this.world.chance() / 2);
  }

  private send(frame: ClientFrame): void {
    if (this.state === "open") this.socket?.send(JSON.stringify(frame));
  }

  private drop(): void {
    this.silence?.();
    this.beat?.();
    this.silence = this.beat = null;
    const { socket } = this;
    this.socket = null;
    if (socket === null) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private become(state: LineState): void {
    if (this.state === state) return;
    this.state = state;
    this.listener.state(state);
  }
}
