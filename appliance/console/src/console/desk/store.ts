/** One shop's desk as this console sees it: what is mine, what was said, who waits. Fed by the socket, for as long as somebody is logged in. */

import { ElMessage } from "element-plus";
import { reactive, ref, shallowRef, triggerRef } from "vue";

import { asRefused, Refused } from "../api/client";
import { said, w } from "../words";
import { desk } from "./api";
import type { Board, LogEvent, Mine, Presence, Say, Seat, ServerFrame, Talk } from "./frames";
import { DeskLine } from "./line";
import type { LineState } from "./line";
import type { World } from "../../chat/line";

const TYPING_SHOWN_MS = 5_000;
const FRESHEN_MS = 20;

export class DeskStore {
  readonly lineState = ref<LineState>("closed");
  readonly seat = shallowRef<Seat | null>(null);
  readonly mine = reactive(new Map<string, Mine>());
  readonly board = shallowRef<Board>({ groups: [], seats: [], waiting: [] });
  /** What lives in the shop, the last to move first; told for as long as a room shows it. */
  readonly talks = shallowRef<readonly Talk[]>([]);
  readonly unread = reactive(new Map<string, number>());
  readonly typists = reactive(new Set<string>());
  readonly sending = shallowRef<readonly Say[]>([]);
  /** What could not be sent, to be written again. */
  readonly returned = reactive(new Map<string, string>());
  /** The conversation on the screen. */
  readonly current = ref("");

  private readonly logs = new Map<string, { events: LogEvent[]; ref: ReturnType<typeof shallowRef<LogEvent[]>> }>();
  private readonly line: DeskLine;
  private readonly fresh = new Set<string>();
  private shownIn = 0;
  private person = "";

  constructor(
    readonly shop: string,
    csrf: string,
    private readonly world: World,
    private readonly whenOver: () => void,
  ) {
    const at = new URL(`/api/staff/v1/desk/ws?shop=${encodeURIComponent(shop)}`, location.href);
    at.protocol = at.protocol.replace("http", "ws");
    this.line = new DeskLine(at.href, csrf, world, {
      state: (state) => {
        this.lineState.value = state;
        if (state === "ended") this.whenOver();
      },
      frame: (frame) => {
        this.take(frame);
      },
      refused: (say, code) => {
        this.giveBack(say, code);
      },
    });
  }

  open(): void {
    this.line.open();
  }

  close(): void {
    this.line.close();
  }

  /** The log of one conversation, as far as it came. */
  events(conversation: string): LogEvent[] {
    return this.log(conversation).ref.value ?? [];
  }

  show(conversation: string): void {
    const before = this.current.value;
    this.current.value = conversation;
    if (before && before !== conversation && !this.mine.has(before)) this.line.unwatch(before);
    this.unread.delete(conversation);
    if (conversation && !this.mine.has(conversation)) this.line.watch(conversation, this.lastSeq(conversation));
  }

  say(conversation: string, text: string): void {
    const held = this.mine.get(conversation);
    if (held === undefined) return;
    const id = crypto.randomUUID();
    this.line.say({ type: "message", id, conversation_id: conversation, token: held.token, text });
    this.sending.value = this.line.waiting;
  }

  typing(conversation: string): void {
    this.line.tell({ type: "typing", conversation_id: conversation });
  }

  be(presence: Presence): void {
    this.line.tell({ type: "presence", presence });
    if (this.seat.value) this.seat.value = { ...this.seat.value, presence };
  }

  /** From now on it is told what lives, until what is returned is called. */
  showLive(): () => void {
    this.shownIn += 1;
    if (this.shownIn === 1) this.askLive(true);
    return () => {
      this.shownIn -= 1;
      if (this.shownIn === 0) this.askLive(false);
    };
  }

  private askLive(isWanted: boolean): void {
    this.line.tell({ type: "live", is_wanted: isWanted });
  }

  private take(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        this.person = frame.staff_id;
        this.seat.value = frame.seat;
        this.talks.value = [];
        if (this.shownIn > 0) this.askLive(true);
        void this.settle();
        break;
      case "assigned":
        this.assigned(frame.conversation);
        break;
      case "released":
        this.mine.delete(frame.conversation_id);
        if (frame.conversation_id === this.current.value) this.show(frame.conversation_id);
        break;
      case "event":
        this.heard(frame.conversation_id, frame.event);
        break;
      case "queue":
        this.queued(frame);
        break;
      case "live":
        this.talks.value = told(this.talks.value, frame.moved, frame.gone);
        break;
      case "typing":
        this.typed(frame.conversation_id);
        break;
      case "ack":
        this.sending.value = this.line.waiting;
        break;
      case "error":
        ElMessage.error({ message: said(new Refused(frame.status, frame.code, frame.detail)), grouping: true });
        break;
      case "pong":
        if (!frame.is_there && this.seat.value && this.seat.value.presence !== "offline") this.wentOffline();
        break;
    }
  }

  /** After a break nothing says what was taken away meanwhile. */
  private async settle(): Promise<void> {
    try {
      const found = new Set((await desk.mine(this.shop)).map(({ conversation_id }) => conversation_id));
      for (const held of [...this.mine.keys()]) if (!found.has(held)) this.mine.delete(held);
    } catch (error) {
      if (!asRefused(error).retryable) throw error;
    }
  }

  private queued({ groups, seats, waiting }: Board): void {
    this.board.value = { groups, seats, waiting };
    this.seat.value = seats.find(({ staff_id }) => staff_id === this.person) ?? null;
  }

  private assigned(given: Mine): void {
    const isNew = !this.mine.has(given.conversation_id);
    this.mine.set(given.conversation_id, given);
    this.line.unwatch(given.conversation_id);
    if (isNew && given.conversation_id !== this.current.value) this.unread.set(given.conversation_id, 1);
  }

  private heard(conversation: string, event: LogEvent): void {
    const log = this.log(conversation);
    if (this.sending.value.length > 0) this.sending.value = this.line.waiting;
    if (event.seq <= (log.events.at(-1)?.seq ?? 0)) return;
    log.events.push(event);
    this.freshen(conversation);
    if (event.type !== "customer.said") return;
    this.typists.delete(conversation);
    const served = this.mine.get(conversation)?.served_at;
    const isNews = served !== undefined && new Date(event.at) >= new Date(served);
    if (isNews && conversation !== this.current.value) {
      this.unread.set(conversation, (this.unread.get(conversation) ?? 0) + 1);
    }
  }

  /** A long log comes in thousands of frames: what has come is shown once in a while, and not for each. */
  private freshen(conversation: string): void {
    this.fresh.add(conversation);
    if (this.fresh.size > 1) return;
    this.world.later(FRESHEN_MS, () => {
      const all = [...this.fresh];
      this.fresh.clear();
      for (const each of all) triggerRef(this.log(each).ref);
    });
  }

  private typed(conversation: string): void {
    this.typists.add(conversation);
    this.world.later(TYPING_SHOWN_MS, () => {
      this.typists.delete(conversation);
    });
  }

  private wentOffline(): void {
    if (this.seat.value) this.seat.value = { ...this.seat.value, presence: "offline" };
    ElMessage.warning({ message: w.value.desk.wentOffline, duration: 8000, grouping: true });
  }

  private giveBack(say: Say, code: string): void {
    this.sending.value = this.line.waiting;
    this.returned.set(say.conversation_id, say.text);
    ElMessage.error({ message: said(new Refused(409, code, "")), duration: 6000, grouping: true });
  }

  private lastSeq(conversation: string): number {
    return this.log(conversation).events.at(-1)?.seq ?? 0;
  }

  private log(conversation: string) {
    const found = this.logs.get(conversation);
    if (found !== undefined) return found;
    const events: LogEvent[] = [];
    const made = { events, ref: shallowRef<LogEvent[]>(events) };
    this.logs.set(conversation, made);
    return made;
  }
}

/** The list with what moved and without what is gone, the last to move first. */
export function told(before: readonly Talk[], moved: readonly Talk[], gone: readonly string[]): readonly Talk[] {
  const left = new Map(before.map((talk) => [talk.conversation_id, talk]));
  for (const talk of moved) left.set(talk.conversation_id, talk);
  for (const id of gone) left.delete(id);
  return [...left.values()].sort((a, b) => b.last_at.localeCompare(a.last_at));
}
