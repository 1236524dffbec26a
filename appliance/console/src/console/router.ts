/** Which room lies at which address, and who may enter it. */

import { createRouter, createWebHistory } from "vue-router";
import type { RouteLocationNormalized, RouteRecordRaw } from "vue-router";

import type { Permission } from "./api/access";
import { may, me, resume } from "./session";
import { ROOMS } from "./shell/menu";
import type { Room } from "./shell/menu";

declare module "vue-router" {
  interface RouteMeta {
    /** Without anybody logged in. */
    isOpen?: boolean;
    needs?: Permission;
  }
}

const routes: RouteRecordRaw[] = [
  { path: "/sign-in", name: "sign-in", component: () => import("./entrance/SignIn.vue"), meta: { isOpen: true } },
  { path: "/setup", name: "setup", component: () => import("./entrance/SetUp.vue"), meta: { isOpen: true } },
  {
    path: "/",
    component: () => import("./shell/Shell.vue"),
    children: [
      {
        path: "",
        name: "home",
        component: () => import("./shell/Nowhere.vue"),
        // Not a redirect: that would be followed before it is known who is there.
        beforeEnter: () => ({ name: homeRoom() }),
      },
      {
        path: "workbench/:conversation?",
        name: "workbench",
        component: () => import("./workbench/Workbench.vue"),
        meta: { needs: "conversation:reply" },
      },
      {
        path: "conversations/:conversation",
        name: "talk",
        component: () => import("./talk/Talk.vue"),
        props: true,
        meta: { needs: "conversation:read" },
      },
      {
        path: "wall",
        name: "wall",
        component: () => import("./wall/Wall.vue"),
        meta: { needs: "conversation:take_over" },
      },
      {
        path: "dashboard",
        name: "dashboard",
        component: () => import("./dashboard/Dashboard.vue"),
        meta: { needs: "report:read" },
      },
      {
        path: "work/:work?",
        name: "work",
        component: () => import("./work/WorkRoom.vue"),
        meta: { needs: "work:read" },
      },
      {
        path: "special-refunds/:proposal?",
        name: "special",
        component: () => import("./special/SpecialRoom.vue"),
        meta: { needs: "case:read" },
      },
      {
        path: "replies",
        name: "replies",
        component: () => import("./replies/Replies.vue"),
        meta: { needs: "desk:manage" },
      },
      { path: "me", name: "me", component: () => import("./own/OwnAccount.vue") },
      {
        path: "accounts",
        name: "accounts",
        component: () => import("./staff/Accounts.vue"),
        meta: { needs: "staff:read" },
      },
      {
        path: "changes",
        name: "changes",
        component: () => import("./staff/Changes.vue"),
        meta: { needs: "staff:read" },
      },
      {
        path: "audit",
        name: "audit",
        component: () => import("./audit/Records.vue"),
        meta: { needs: "audit:read" },
      },
      {
        path: "audit/:place",
        name: "audit-record",
        component: () => import("./audit/Record.vue"),
        props: true,
        meta: { needs: "audit:read" },
      },
      {
        path: "integrity",
        name: "integrity",
        component: () => import("./audit/Integrity.vue"),
        meta: { needs: "audit:read" },
      },
      {
        path: "personal",
        name: "personal",
        component: () => import("./personal/PersonalData.vue"),
        meta: { needs: "audit:read" },
      },
      { path: "keys", name: "keys", component: () => import("./keys/KeyRoom.vue"), meta: { needs: "keys:manage" } },
      {
        path: "clients",
        name: "clients",
        component: () => import("./clients/Clients.vue"),
        meta: { needs: "clients:manage" },
      },
      {
        path: "sessions",
        name: "sessions",
        component: () => import("./rights/Sessions.vue"),
        meta: { needs: "sessions:end" },
      },
      { path: "roles", name: "roles", component: () => import("./rights/Roles.vue"), meta: { needs: "staff:read" } },
      { path: "phase", name: "phase", component: () => import("./staff/GoLive.vue"), meta: { needs: "staff:read" } },
      {
        path: "health",
        name: "health",
        component: () => import("./operations/Health.vue"),
        meta: { needs: "system:read" },
      },
      {
        path: "connectors",
        name: "connectors",
        component: () => import("./operations/Connectors.vue"),
        meta: { needs: "system:read" },
      },
      {
        path: "deliveries",
        name: "deliveries",
        component: () => import("./operations/Deliveries.vue"),
        meta: { needs: "system:read" },
      },
      {
        path: "models",
        name: "models",
        component: () => import("./operations/Models.vue"),
        meta: { needs: "system:read" },
      },
      {
        path: "config",
        name: "config",
        component: () => import("./operations/Settings.vue"),
        meta: { needs: "system:read" },
      },
      {
        path: "logs",
        name: "logs",
        component: () => import("./operations/Logs.vue"),
        meta: { needs: "system:read" },
      },
      {
        path: "about",
        name: "about",
        component: () => import("./operations/About.vue"),
        meta: { needs: "system:read" },
      },
      {
        path: "assistant/:shop?/:step?",
        name: "assistant",
        component: () => import("./assistant/Assistant.vue"),
        meta: { needs: "system:configure" },
      },
      {
        path: "shops/:shop?/:part?",
        name: "shops",
        component: () => import("./shops/Shops.vue"),
        meta: { needs: "system:configure" },
      },
      { path: ":rest(.*)*", name: "nowhere", component: () => import("./shell/Nowhere.vue") },
    ],
  },
];

export const router = createRouter({ history: createWebHistory("/console/"), routes });

export function mayEnter(room: Room): boolean {
  const needs = router.resolve({ name: room }).meta.needs;
  return needs === undefined || may(needs);
}

function homeRoom(): string {
  return ROOMS.find(mayEnter) ?? "me";
}

/** Where one was, to be led back to it; never an address of another origin. */
export function wayBack(to: RouteLocationNormalized): string {
  const next = to.query.next;
  return typeof next === "string" && next.startsWith("/") && !next.startsWith("//") ? next : "/";
}

router.beforeEach(async (to) => {
  if (to.meta.isOpen) return true;
  if (me.value === null && !(await resume())) {
    return { name: "sign-in", query: to.fullPath === "/" ? {} : { next: to.fullPath } };
  }
  if (me.value?.has_expired_password && to.name !== "me") return { name: "me" };
  if (to.meta.needs !== undefined && !may(to.meta.needs)) return { name: "home" };
  return true;
});
