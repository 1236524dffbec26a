/**
 * Asks the staff API. Every failure becomes one `Refused`, which the rooms show by its code.
 *
 * The session is a cookie that no script can read; changes carry the token that `/me` returned.
 */

export const BASE = "/api/staff/v1";
const CSRF = "X-CSRF-Token";

interface Problem {
  code: string;
  detail: string;
  retryable?: boolean;
}

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly retryable = false,
  ) {
    super(detail);
    this.name = "Refused";
  }
}

/** Nothing came back at all. */
export const UNREACHABLE = "unreachable";

type Method = "GET" | "POST" | "PUT" | "DELETE";

interface More {
  version?: number | undefined;
  brokenOff?: AbortSignal | undefined;
}

let csrf = "";
let onEnd: () => void = () => undefined;

export function carry(token: string): void {
  csrf = token;
}

/** Called when the appliance says that the session is over. */
export function whenSessionEnds(then: () => void): void {
  onEnd = then;
}

/** `version`: of the thing that is changed, as it was read. */
export async function call<T>(method: Method, path: string, body?: unknown, version?: number): Promise<T> {
  const answer = await answered(method, path, body, { version });
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

/** Plain text, as it was written. */
export async function text(path: string): Promise<string> {
  return (await answered("GET", path)).text();
}

/** A file that is asked for by what it is wanted for. */
export async function blob(path: string, body: unknown): Promise<Blob> {
  return (await answered("POST", path, body)).blob();
}

/** What is said line by line while it goes on. Who breaks it off ends it on the other side too. */
export async function* lines<T>(path: string, brokenOff: AbortSignal): AsyncGenerator<T> {
  const { body } = await answered("POST", path, undefined, { brokenOff });
  if (body === null) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (let got = await reader.read(); !got.done; got = await reader.read()) {
      const whole = (rest + got.value).split("\n");
      rest = whole.pop() ?? "";
      for (const line of whole) yield JSON.parse(line) as T;
    }
  } finally {
    await reader.cancel();
  }
}

const NO_SESSION = new Set(["session_refused", "session_tampered", "rights_tampered"]);

async function answered(method: Method, path: string, body?: unknown, more: More = {}): Promise<Response> {
  const answer = await asked(method, path, body, more);
  if (answer.ok) return answer;
  const refused = await refusal(answer);
  if (NO_SESSION.has(refused.code)) onEnd();
  throw refused;
}

export function query(path: string, values: Record<string, string | number | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}

async function asked(method: Method, path: string, body: unknown, { version, brokenOff }: More): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET" && csrf) headers[CSRF] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (version !== undefined) headers["If-Match"] = `"${String(version)}"`;
  const options: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
  if (body !== undefined) options.body = JSON.stringify(body);
  if (brokenOff !== undefined) options.signal = brokenOff;
  try {
    return await fetch(BASE + path, options);
  } catch {
    throw new Refused(0, UNREACHABLE, "the appliance does not answer", true);
  }
}

async function refusal(answer: Response): Promise<Refused> {
  try {
    const problem = (await answer.json()) as Problem;
    return new Refused(answer.status, problem.code, problem.detail, problem.retryable ?? false);
  } catch {
    return new Refused(answer.status, "internal", answer.statusText, answer.status >= 500);
  }
}

export function asRefused(error: unknown): Refused {
  return error instanceof Refused ? error : new Refused(0, "internal", String(error));
}
