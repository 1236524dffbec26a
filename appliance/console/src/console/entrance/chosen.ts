/** What can be seen to be wrong with a choice before it is sent. The appliance has the last word. */

/** The least that an installation can ask for. */
const SHORTEST = 8;
const LOGIN = /^[a-z0-9][a-z0-9._-]{2,31}$/;

export interface Chosen {
  login: string;
  name: string;
  password: string;
  repeat: string;
  code: string;
}

export type Misfit = "needLogin" | "needName" | "shortPassword" | "differ" | "code";

export function misfit(given: Chosen, isNamed: boolean): Misfit | null {
  if (!isNamed && !LOGIN.test(given.login.trim())) return "needLogin";
  if (!isNamed && !given.name.trim()) return "needName";
  const fault = passwordMisfit(given.password, given.repeat);
  if (fault !== null) return fault;
  return /^\d{6}$/.test(given.code) ? null : "code";
}

export function passwordMisfit(password: string, repeat: string): "shortPassword" | "differ" | null {
  if (password.length < SHORTEST) return "shortPassword";
  return password === repeat ? null : "differ";
}
