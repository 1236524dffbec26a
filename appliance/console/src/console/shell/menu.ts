/** The menu: rooms in groups, both in this order. The first room that somebody may enter is home. */

import {
  ChatDotRound,
  ChatLineSquare,
  CircleCheck,
  Connection,
  Cpu,
  DataLine,
  Document,
  DocumentChecked,
  Grid,
  Guide,
  InfoFilled,
  Key,
  Lock,
  Money,
  Monitor,
  Odometer,
  Operation,
  Platform,
  Promotion,
  Shop,
  Tickets,
  User,
  View,
} from "@element-plus/icons-vue";
import type { Component } from "vue";

const GROUPS = {
  desk: {
    workbench: ChatDotRound,
    wall: Monitor,
    work: Tickets,
    special: Money,
    replies: ChatLineSquare,
    dashboard: DataLine,
  },
  setup: {
    assistant: Guide,
    shops: Shop,
  },
  access: {
    accounts: User,
    changes: CircleCheck,
    phase: Key,
    sessions: Platform,
    roles: Grid,
  },
  compliance: {
    audit: Tickets,
    integrity: DocumentChecked,
    personal: View,
    keys: Lock,
    clients: Connection,
  },
  operations: {
    health: Odometer,
    connectors: Connection,
    deliveries: Promotion,
    models: Cpu,
    config: Operation,
    logs: Document,
    about: InfoFilled,
  },
} as const satisfies Record<string, Record<string, Component>>;

type Groups = typeof GROUPS;
export type Group = keyof Groups;
export type Room = { [each in Group]: keyof Groups[each] }[Group];

export interface Section {
  group: Group;
  rooms: { room: Room; icon: Component }[];
}

export const MENU: Section[] = Object.entries(GROUPS).map(([group, rooms]) => ({
  group: group as Group,
  rooms: Object.entries(rooms).map(([room, icon]) => ({ room: room as Room, icon })),
}));

export const ROOMS: Room[] = MENU.flatMap((section) => section.rooms.map((each) => each.room));
