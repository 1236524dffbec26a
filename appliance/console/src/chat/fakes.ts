/** Small honest ends of the line for tests: a socket whose other end a test plays, and time that passes when it says so. */

import type { Outgoing, ServerFrame, Signal } from "./frames";
import type { Socket, World } from "./line";

/** A socket that a test plays the other end of. */
export class Wire implements Socket {
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((closed: { code: number }) => void) | null = null;
  readonly sent: (Outgoing & Signal)[] = [];
  isClosed = false;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Outgoing & Signal);
  }

  close(): void {
    this.isClosed = true;
  }

  says(frame: ServerFrame | Record<string, unknown>): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  breaks(code = 1006): void {
    this.onclose?.({ code });
  }
}

/** Time passes when a test says so. */
export class Hands implements World {
  readonly wires: Wire[] = [];
  luck = 1;
  private now = 0;
  private timers: { at: number; then: () => void }[] = [];

  open(url: string, protocols: string[]): Socket {
    const wire = new Wire(url, protocols);
    this.wires.push(wire);
    return wire;
  }

  later(ms: number, then: () => void): () => void {
    const timer = { at: this.now + ms, then };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }

  chance(): number {
    return this.luck;
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = this.timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      if (due === undefined) break;
      this.timers = this.timers.filter((each) => each !== due);
      this.now = due.at;
      due.then();
    }
    this.now = end;
  }

  get last(): Wire {
    const wire = this.wires.at(-1);
    if (wire === undefined) throw new Error("nothing was opened");
    return wire;
  }
}
