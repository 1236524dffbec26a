/** Staff accounts and one's own session, as `/api/staff/v1` speaks of them. */

import { call } from "./client";

export type Role = "sys_admin" | "sec_admin" | "audit_admin" | "agent" | "supervisor" | "approver" | "operations";
export const ADMINISTRATORS: readonly Role[] = ["sys_admin", "sec_admin", "audit_admin"];
export const BUSINESS: readonly Role[] = ["agent", "supervisor", "approver", "operations"];

export type Permission =
  | "system:read"
  | "system:configure"
  | "staff:request"
  | "staff:read"
  | "staff:propose"
  | "staff:approve"
  | "sessions:end"
  | "access:go_live"
  | "audit:read"
  | "audit:verify"
  | "keys:manage"
  | "clients:manage"
  | "conversation:read"
  | "conversation:reply"
  | "conversation:take_over"
  | "desk:manage"
  | "customer:reveal"
  | "recording:play"
  | "report:read"
  | "system:read"
  | "system:configure"
  | "case:read"
  | "case:propose"
  | "case:approve"
  | "work:read"
  | "work:handle"
  | "work:manage";

export type AccountState = "proposed" | "invited" | "active" | "disabled";
export type Factor = "totp" | "passkey";

export interface Account {
  staff_id: string;
  login: string | null;
  name: string;
  roles: Role[];
  shops: string[];
  state: AccountState;
  created_at: string;
  last_used_at: string;
}

export interface Me {
  account: Account;
  permissions: string[];
  has_expired_password: boolean;
  is_reconciling: boolean;
  csrf_token: string;
}

export interface Ticket {
  ticket: string;
  factors: Factor[];
  expires_at: string;
  passkey: PublicKeyCredentialRequestOptionsJSON | null;
}

export interface Enrolment {
  seed: string;
  uri: string;
  login: string | null;
  token: string | null;
}

export interface RoleRights {
  role: Role;
  is_administrator: boolean;
  permissions: string[];
  level: string;
  categories: string[];
}

export interface OwnSession {
  session_id: string;
  staff_id: string;
  is_this: boolean;
  factor: Factor;
  ip: string;
  terminal: string;
  created_at: string;
  last_seen_at: string;
  ends_at: string;
}

export interface Passkey {
  passkey_id: string;
  created_at: string;
  last_used_at: string | null;
}

export interface PasskeyOffer {
  token: string;
  options: PublicKeyCredentialCreationOptionsJSON;
}

export interface Issued {
  token: string;
  expires_at: string;
}

export type ChangeKind = "create" | "set_rights" | "disable" | "reset";

export interface Change {
  change_id: string;
  kind: ChangeKind;
  staff_id: string;
  roles: Role[] | null;
  shops: string[] | null;
  proposed_by: string;
  proposed_at: string;
  state: "proposed" | "applied" | "refused";
  decided_by: string | null;
  decided_at: string | null;
}

export interface Result {
  change_id: string;
  staff_id: string;
  state: Change["state"];
  set_up: Issued | null;
}

export interface Phase {
  bootstrapped_at: string | null;
  live_at: string | null;
}

export interface Rights {
  roles: Role[];
  shops: string[];
}

export const entrance = {
  password: (login: string, password: string) => call<Ticket>("POST", "/login", { login, password }),
  code: (ticket: string, code: string) => call<Me>("POST", "/login/second", { ticket, code }),
  passkey: (ticket: string, passkey: unknown) => call<Me>("POST", "/login/second", { ticket, passkey }),
  beginSetUp: (token: string) => call<Enrolment>("POST", "/setup", { token }),
  finishSetUp: (chosen: { token: string; password: string; code: string; login?: string; name?: string }) =>
    call<undefined>("POST", "/setup/finish", chosen),
  me: () => call<Me>("GET", "/me"),
  logOut: () => call<undefined>("POST", "/logout"),
};

export const own = {
  sessions: () => call<OwnSession[]>("GET", "/sessions"),
  endSession: (id: string) => call<undefined>("DELETE", `/sessions/${id}`),
  changePassword: (current: string, chosen: string) => call<undefined>("POST", "/password", { current, new: chosen }),
  beginTotp: (password: string) => call<Enrolment>("POST", "/totp", { password }),
  finishTotp: (token: string, code: string) => call<undefined>("POST", "/totp/finish", { token, code }),
  passkeys: () => call<Passkey[]>("GET", "/passkeys"),
  beginPasskey: (password: string) => call<PasskeyOffer>("POST", "/passkeys/options", { password }),
  addPasskey: (token: string, passkey: unknown) => call<{ passkey_id: string }>("POST", "/passkeys", { token, passkey }),
  removePasskey: (id: string) => call<undefined>("DELETE", `/passkeys/${id}`),
};

export const staff = {
  accounts: () => call<Account[]>("GET", "/accounts"),
  create: (made: Rights & { login: string; name: string }) => call<Result>("POST", "/accounts", made),
  setRights: (id: string, rights: Rights) => call<Result>("POST", `/accounts/${id}/rights`, rights),
  disable: (id: string) => call<Result>("POST", `/accounts/${id}/disable`),
  reset: (id: string) => call<Result>("POST", `/accounts/${id}/reset`),
  sessions: () => call<OwnSession[]>("GET", "/accounts/sessions"),
  endSession: ({ staff_id, session_id }: OwnSession) =>
    call<undefined>("DELETE", `/accounts/${staff_id}/sessions/${session_id}`),
  roles: () => call<RoleRights[]>("GET", "/roles"),
  endSessions: (id: string) => call<{ sessions: number }>("POST", `/accounts/${id}/sessions/end`),
  changes: () => call<Change[]>("GET", "/changes"),
  approve: (id: string) => call<Result>("POST", `/changes/${id}/approve`),
  refuse: (id: string) => call<Result>("POST", `/changes/${id}/refuse`),
  phase: () => call<Phase>("GET", "/phase"),
  goLive: () => call<undefined>("POST", "/go-live"),
};
