/** One customer's chat: begins it, goes on with it, says things. Joins the API, the line, the memory and what is shown. */

import { reactive } from "vue";

import { Call } from "../call/call";
import type { CallPlace, CallWorld } from "../call/call";
import { Api, Problem } from "./api";
import type { Begun, ConversationChannel, WidgetSettings } from "./api";
import type { Outgoing, QuickReply } from "./frames";
import { Line } from "./line";
import type { Ending, State, World } from "./line";
import { customerIn, Memory } from "./memory";
import { add, emptyTalk, find, take } from "./talk";
import type { Entry, Talk } from "./talk";
import { troubleOf } from "./trouble";
import type { Trouble } from "./trouble";

export interface Shown {
  talk: Talk;
  settings: WidgetSettings | null;
  state: State;
  trouble: Trouble | null;
  unread: number;
  isBeginning: boolean;
  /** What was said before is over: its time has ended, and this is another conversation. */
  isAnew: boolean;
}

/** An agent who said he was writing, and then nothing, writes no more. */
export const TYPING_MS = 6_000;
/** How often others are told that the customer is writing. */
export const TELL_TYPING_MS = 4_000;
const RENEW_BEFORE_MS = 10 * 60_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface Place {
  origin: string;
  shop: string;
  storage: Storage | null;
  world: World;
  /** Without it nobody calls from this page. */
  calls?: CallWorld;
  /** Told of what a developer of the shop's page has to mend. */
  warn: (message: string) => void;
}

export class Chat {
  readonly shown: Shown = reactive({
    talk: emptyTalk(),
    settings: null,
    state: "closed",
    trouble: null,
    unread: 0,
    isBeginning: false,
    isAnew: false,
  });
  readonly api: Api;
  readonly call: Call | null;
  private readonly memory: Memory;
  private opened: Begun | null = null;
  private isCall = false;
  private line: Line | null = null;
  private cancelRenewal: (() => void) | null = null;
  private cancelTyping: (() => void) | null = null;
  private hasToldTyping = false;
  private isWatched = false;
  private beginning: Promise<void> | null = null;

  constructor(
    private readonly place: Place,
    private token: string | null,
  ) {
    this.api = new Api(place.origin);
    this.call = place.calls === undefined ? null : new Call(place.calls);
    this.memory = new Memory(place.shop, place.storage);
  }

  /** Reads how the shop wants to appear, and goes on with what was begun on an earlier page. */
  async prepare(): Promise<void> {
    const kept = this.memory.recall(customerIn(this.token), new Date());
    await this.guarded(async () => {
      this.shown.settings = await this.api.settings(this.place.shop);
      if (kept !== null) this.connect(kept, kept.isCall === true);
    });
  }

  /** There is a conversation afterwards, or trouble is shown. */
  async begin(): Promise<void> {
    if (this.opened !== null) {
      this.line?.open();
      return;
    }
    this.beginning ??= this.start().finally(() => {
      this.beginning = null;
    });
    await this.beginning;
  }

  /**
   * A call in this conversation if it was begun as one, else in another: the first words of a call say what is recorded.
   * What is said stands in the chat, which goes on when the call is over.
   */
  async dial(): Promise<void> {
    await this.call?.begin(async () => {
      if (!this.isCall) await this.speakAnew();
      return this.placeOfCall();
    });
  }

  /** Somebody else is logged in now, or nobody: what was said before is his no more. */
  async identify(token: string | null): Promise<void> {
    const isSame = customerIn(token) === customerIn(this.token);
    this.token = token;
    if (isSame) return;
    this.leave();
    await this.prepare();
  }

  async say(text: string): Promise<void> {
    await this.begin();
    this.send({ type: "message", id: newId(), text }, { kind: "text", text });
  }

  async choose(reply: QuickReply): Promise<void> {
    await this.begin();
    const own = { kind: "text", text: reply.label, payload: reply.payload } as const;
    this.send({ type: "choice", id: newId(), payload: reply.payload }, own);
  }

  async show(picture: Blob): Promise<void> {
    await this.begin();
    const key = newId();
    add(this.shown.talk, { key, kind: "image", text: "", at: new Date().toISOString(), file: picture });
    await this.handOver(key, picture);
  }

  /** What was refused, once more. */
  async again(entry: Entry): Promise<void> {
    entry.delivery = "sending";
    if (entry.kind === "image" && entry.file !== null) await this.handOver(entry.key, entry.file);
    else if (entry.payload !== null) this.line?.say({ type: "choice", id: entry.key, payload: entry.payload });
    else this.line?.say({ type: "message", id: entry.key, text: entry.text });
  }

  /** The customer waits no more for a person. */
  leaveQueue(): void {
    this.line?.signal({ type: "leave_queue" });
  }

  /** Of the service of people that ended last; it stands there once it is stored. */
  rate(score: number): void {
    this.line?.signal({ type: "rate", score });
  }

  /** The customer is writing: who serves him is told now and then. */
  typing(): void {
    if (this.hasToldTyping || this.shown.talk.holder !== "agent") return;
    this.hasToldTyping = this.line?.signal({ type: "typing" }) ?? false;
    this.place.world.later(TELL_TYPING_MS, () => {
      this.hasToldTyping = false;
    });
  }

  async picture(evidenceId: string): Promise<Blob> {
    if (this.opened === null) throw new Problem(0, "unreachable", "there is no conversation");
    return this.api.picture(this.opened, evidenceId);
  }

  /** The network is back: no waiting any more. */
  hurry(): void {
    this.line?.open();
  }

  /** Whether somebody looks at what is said; what comes while nobody does is counted. */
  watch(isWatched: boolean): void {
    this.isWatched = isWatched;
    if (!isWatched) return;
    this.shown.unread = 0;
    this.hurry();
  }

  leave(): void {
    this.call?.hangUp();
    this.drop();
  }

  private drop(): void {
    this.line?.close();
    this.cancelRenewal?.();
    this.line = this.opened = this.cancelRenewal = null;
    this.isCall = false;
    this.memory.forget();
    Object.assign(this.shown, { talk: emptyTalk(), trouble: null, unread: 0, state: "closed", isAnew: false });
  }

  private async start(channel: ConversationChannel = "web"): Promise<void> {
    this.shown.isBeginning = true;
    await this.guarded(async () => {
      this.connect(await this.api.start(this.place.shop, this.token, channel), channel === "voice");
    });
    this.shown.isBeginning = false;
  }

  private async speakAnew(): Promise<void> {
    const hadWords = this.shown.talk.entries.some(({ side }) => side === "customer");
    this.drop();
    await this.start("voice");
    this.shown.isAnew = hadWords;
  }

  private placeOfCall(): CallPlace | null {
    const { opened } = this;
    if (opened === null) return null;
    return { address: this.api.callAddress(opened.conversation_id), token: opened.access_token };
  }

  private connect(begun: Begun, isCall: boolean): void {
    this.opened = begun;
    this.isCall = isCall;
    this.memory.keep({ ...begun, who: customerIn(this.token), isCall });
    this.line = new Line(this.api.socketAddress(begun.conversation_id), begun.access_token, this.place.world, {
      state: (state) => {
        this.shown.state = state;
      },
      event: (event) => {
        if (take(this.shown.talk, event) && !this.isWatched) this.shown.unread += 1;
      },
      place: (place) => {
        this.shown.talk.place = place;
      },
      typing: () => {
        this.agentTypes();
      },
      accepted: (id) => {
        this.mark(id, "stored");
      },
      refused: ({ id }) => {
        this.mark(id ?? "", "refused");
      },
      expiresAt: (at) => {
        this.renewBefore(at);
      },
      ended: (why) => {
        this.ended(why);
      },
    });
    this.line.open();
  }

  private agentTypes(): void {
    this.cancelTyping?.();
    this.shown.talk.isAgentTyping = this.shown.talk.holder === "agent";
    this.cancelTyping = this.place.world.later(TYPING_MS, () => {
      this.shown.talk.isAgentTyping = false;
    });
  }

  private send(message: Outgoing, own: Pick<Entry, "kind" | "text"> & Partial<Entry>): void {
    if (this.line === null) return;
    add(this.shown.talk, { key: message.id, at: new Date().toISOString(), ...own });
    this.line.say(message);
  }

  private async handOver(key: string, picture: Blob): Promise<void> {
    const { opened } = this;
    if (opened === null) return;
    try {
      const evidence_id = await this.api.upload(opened, picture, (part) => {
        const entry = find(this.shown.talk, key);
        if (entry) entry.progress = part;
      });
      this.line?.say({ type: "image", id: key, evidence_id });
    } catch {
      this.mark(key, "refused");
    }
  }

  private mark(key: string, delivery: Entry["delivery"]): void {
    const entry = find(this.shown.talk, key);
    if (entry) entry.delivery = delivery;
  }

  /** Well before the token ends, so that nobody notices. */
  private renewBefore(expiresAt: string): void {
    this.cancelRenewal?.();
    const left = new Date(expiresAt).getTime() - Date.now() - RENEW_BEFORE_MS;
    this.cancelRenewal = this.place.world.later(Math.min(Math.max(left, 0), LONGEST_TIMER_MS), () => {
      void this.renew();
    });
  }

  private async renew(): Promise<void> {
    const { opened } = this;
    if (opened === null) return;
    try {
      const renewed = { ...opened, ...(await this.api.renew(opened)) };
      this.opened = renewed;
      this.memory.keep({ ...renewed, who: customerIn(this.token), isCall: this.isCall });
      this.line?.renew(renewed.access_token);
      this.line?.reopen();
    } catch {
      // It still counts for a while; when it does not, the line says so.
    }
  }

  private ended(why: Ending): void {
    if (why === "refused") {
      this.shown.trouble = "broken";
      return;
    }
    const hadWords = this.shown.talk.entries.length > 0;
    this.leave();
    this.shown.isAnew = hadWords;
    if (this.isWatched) void this.begin();
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.shown.trouble = null;
    } catch (error) {
      this.shown.trouble = troubleOf(error, this.place);
    }
  }
}

/** Not by `randomUUID`, which a page without TLS does not have. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
