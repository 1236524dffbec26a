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

export class DeskStore {
  readonly lineState = ref<LineState>("closed");
  readonly seat = shallowRef<Seat | null>(null);
  readonly hasLooked = ref(false);
  readonly mine = reactive(new Map<string, Mine>());
  readonly board = shallowRef<Board>({ groups: [], seats: [], waiting: [] });
  readonly talks = shallowRef<Talk[]>([]);
  readonly unread = reactive(new Map<string, number>());
  readonly typists = reactive(new Set<string>());
  readonly sending = shallowRef<readonly Say[]>([]);
  /** What could not be sent, to be written again. */
  readonly returned = reactive(new Map<string, string>());
  /** The conversation on the screen. */
  readonly current = ref("");

  private readonly logs = new Map<string, { events: LogEvent[]; ref: ReturnType<typeof shallowRef<LogEvent[]>> }>();
  private readonly line: DeskLine;

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
    void this.look();
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

  /** Who waits and what lives, anew. */
  async look(): Promise<void> {
    try {
      const [board, talks] = await Promise.all([desk.board(this.shop), desk.talks(this.shop)]);
      this.board.value = board;
      this.talks.value = talks;
      this.hasLooked.value = true;
      const seat = board.seats.find(({ staff_id }) => staff_id === this.seat.value?.staff_id);
      if (seat) this.seat.value = seat;
    } catch (error) {
      const refused = asRefused(error);
      if (!refused.retryable) ElMessage.error({ message: said(refused), grouping: true });
    }
  }

  private take(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        this.seat.value = frame.seat;
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
        void this.look();
        break;
      case "typing":
        this.typed(frame.conversation_id);
        break;
      case "ack":
        this.sending.value = this.line.waiting;
        break;
      case "error":
        ElMessage.error({ message: said(new Refused(frame.status, frame.code, frame.detail)), grouping: true });
        void this.look();
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
    void this.look();
  }

  private assigned(given: Mine): void {
    const isNew = !this.mine.has(given.conversation_id);
    this.mine.set(given.conversation_id, given);
    this.line.unwatch(given.conversation_id);
    if (isNew && given.conversation_id !== this.current.value) this.unread.set(given.conversation_id, 1);
    void this.look();
  }

  private heard(conversation: string, event: LogEvent): void {
    const log = this.log(conversation);
    this.sending.value = this.line.waiting;
    if (event.seq <= (log.events.at(-1)?.seq ?? 0)) return;
    log.events.push(event);
    triggerRef(log.ref);
    if (event.type !== "customer.said") return;
    this.typists.delete(conversation);
    const served = this.mine.get(conversation)?.served_at;
    const isNews = served !== undefined && new Date(event.at) >= new Date(served);
    if (isNews && conversation !== this.current.value) {
      this.unread.set(conversation, (this.unread.get(conversation) ?? 0) + 1);
    }
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
