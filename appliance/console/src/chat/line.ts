/**
 * The line to one conversation: opens the socket, opens it again when it breaks, loses nothing and repeats nothing.
 *
 * What is said waits in an outbox until the appliance has acknowledged it or shows it as an event; after a break it is
 * sent again under the same id, which the appliance takes once. Events are taken after the last `seq` that was seen.
 * It knows no page: socket, timers and chance are handed in.
 */

import { frameOf, PROTOCOL, TOKEN_PREFIX } from "./frames";
import type { Outgoing, Place, Refusal, ServerFrame, Signal, Visible } from "./frames";

export interface Socket {
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: ((closed: { code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface World {
  open(url: string, protocols: string[]): Socket;
  /** Returns what takes it back. */
  later(ms: number, then: () => void): () => void;
  /** From 0 to 1. */
  chance(): number;
}

export type State = "closed" | "connecting" | "open" | "waiting" | "ended";

/** Why the line was closed for good. */
export type Ending = "expired" | "gone" | "refused";

export interface Listener {
  state(state: State): void;
  event(event: Visible): void;
  /** Where the customer stands in the queue; said whenever it changes, and after each opening. */
  place(place: Place): void;
  /** An agent is writing. */
  typing(): void;
  accepted(id: string): void;
  /** Nothing of it is stored, and it is not sent again. */
  refused(refusal: Refusal): void;
  expiresAt(at: string): void;
  ended(why: Ending): void;
}

export const FIRST_WAIT_MS = 500;
export const LONGEST_WAIT_MS = 15_000;
/** The appliance says something at least every 30 seconds. */
export const SILENCE_MS = 45_000;
export const OPENING_MS = 12_000;
/** After which what was refused for the moment is sent again. */
export const RETRY_MS = 3_000;

const ENDINGS = new Map<number, Ending>([
  [4400, "refused"],
  [4401, "expired"],
  [4403, "refused"],
  [4404, "gone"],
]);

export class Line {
  state: State = "closed";
  /** The last event that was seen. */
  seq = 0;

  private socket: Socket | null = null;
  private readonly outbox = new Map<string, Outgoing>();
  private tries = 0;
  private cancelTimer: (() => void) | null = null;

  constructor(
    private readonly address: string,
    private token: string,
    private readonly world: World,
    private readonly listener: Listener,
  ) {}

  /** What has been said and is not yet known to be stored. */
  get waiting(): readonly Outgoing[] {
    return [...this.outbox.values()];
  }

  /** Opens the line, or does so now instead of at the end of a wait. */
  open(): void {
    if (this.state === "ended" || this.state === "open" || this.state === "connecting") return;
    this.connect();
  }

  /** With another token for the same conversation, from the next opening on. */
  renew(token: string): void {
    this.token = token;
  }

  /** Anew, without a pause: the appliance ends a socket with the token that it was opened with. */
  reopen(): void {
    if (this.state === "open") this.connect();
  }

  say(message: Outgoing): void {
    this.outbox.set(message.id, message);
    if (this.state === "open") this.send(message);
    else this.open();
  }

  /** False, and nothing is sent, while the line is not open. */
  signal(signal: Signal): boolean {
    if (this.state === "open") this.send(signal);
    return this.state === "open";
  }

  close(): void {
    this.drop();
    this.become("closed");
  }

  private connect(): void {
    this.drop();
    this.become("connecting");
    const socket = this.world.open(`${this.address}?after=${String(this.seq)}`, [PROTOCOL, TOKEN_PREFIX + this.token]);
    this.socket = socket;
    this.expect(OPENING_MS);
    socket.onmessage = ({ data }) => {
      if (this.socket === socket) this.take(frameOf(data));
    };
    socket.onclose = ({ code }) => {
      if (this.socket === socket) this.broke(code);
    };
  }

  private take(frame: ServerFrame | null): void {
    if (this.state === "open") this.expect(SILENCE_MS);
    switch (frame?.type) {
      case "welcome":
        this.welcomed(frame.expires_at);
        break;
      case "event":
        this.show(frame.event);
        break;
      case "ack":
        if (this.outbox.delete(frame.id)) this.listener.accepted(frame.id);
        break;
      case "error":
        this.refuse(frame);
        break;
      case "queue":
        this.listener.place(frame);
        break;
      case "typing":
        this.listener.typing();
        break;
    }
  }

  private welcomed(expiresAt: string): void {
    this.tries = 0;
    this.become("open");
    this.expect(SILENCE_MS);
    this.listener.expiresAt(expiresAt);
    for (const message of this.outbox.values()) this.send(message);
  }

  private show(event: Visible): void {
    if (event.seq <= this.seq) return;
    this.seq = event.seq;
    const id = event.client_message_id;
    if (id && this.outbox.delete(id)) this.listener.accepted(id);
    this.listener.event(event);
  }

  private refuse(refusal: Refusal): void {
    const { id } = refusal;
    if (id === undefined || !this.outbox.has(id)) return;
    if (refusal.retryable) {
      this.world.later(RETRY_MS, () => {
        this.sendAgain(id);
      });
      return;
    }
    this.outbox.delete(id);
    this.listener.refused(refusal);
  }

  /** The line is taken for dead if nothing comes for so long. */
  private expect(ms: number): void {
    this.cancelTimer?.();
    this.cancelTimer = this.world.later(ms, () => {
      this.broke(1006);
    });
  }

  private broke(code: number): void {
    this.drop();
    const ending = ENDINGS.get(code);
    if (ending !== undefined) {
      this.become("ended");
      this.listener.ended(ending);
      return;
    }
    this.become("waiting");
    this.cancelTimer = this.world.later(this.pause(), () => {
      this.connect();
    });
  }

  /** Doubled each time, and spread, so that not everybody comes back in the same moment. */
  private pause(): number {
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.tries);
    this.tries += 1;
    return longest * (0.5 + this.world.chance() / 2);
  }

  private sendAgain(id: string): void {
    const message = this.outbox.get(id);
    if (message !== undefined && this.state === "open") this.send(message);
  }

  private send(message: Outgoing | Signal): void {
    this.socket?.send(JSON.stringify(message));
  }

  private drop(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    const { socket } = this;
    this.socket = null;
    if (socket === null) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private become(state: State): void {
    if (this.state === state) return;
    this.state = state;
    this.listener.state(state);
  }
}
