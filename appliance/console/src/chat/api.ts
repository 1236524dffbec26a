/** The chat API over HTTP. Every refusal is a `Problem` with the appliance's own code. */

export interface WidgetSettings {
  shop_name: string;
  bot_name: string;
  ai_label: string;
  accent: string | null;
  /** Of the avatar, below the chat API; null: none was set. */
  avatar: string | null;
  /** Whether customers may call from the page. */
  has_calls: boolean;
}

export type ConversationChannel = "web" | "voice";

export interface Opened {
  conversation_id: string;
  access_token: string;
  expires_at: string;
}

export interface Begun extends Opened {
  ai_label: string;
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

export const MOST_IMAGE_BYTES = 8 * 1024 * 1024;
const BASE = "/api/chat/v1";

export class Api {
  constructor(private readonly origin: string) {}

  async settings(shop: string): Promise<WidgetSettings> {
    return (await this.ask(`/shops/${encodeURIComponent(shop)}/widget`)).json() as Promise<WidgetSettings>;
  }

  async avatar(path: string): Promise<Blob> {
    return (await this.ask(path)).blob();
  }

  async start(shop: string, token: string | null, channel: ConversationChannel = "web"): Promise<Begun> {
    const body = JSON.stringify({ shop, channel, ...(token === null ? {} : { token }) });
    const headers = { "Content-Type": "application/json" };
    return (await this.ask("/conversations", { method: "POST", body, headers })).json() as Promise<Begun>;
  }

  async renew(opened: Opened): Promise<Opened> {
    const answer = await this.ask(`/conversations/${opened.conversation_id}/token`, this.proven(opened, "POST"));
    return answer.json() as Promise<Opened>;
  }

  async picture(opened: Opened, evidenceId: string): Promise<Blob> {
    const path = `/conversations/${opened.conversation_id}/images/${evidenceId}`;
    return (await this.ask(path, this.proven(opened, "GET"))).blob();
  }

  /** The evidence id. Not by `fetch`, which does not tell how far it is. */
  upload(opened: Opened, picture: Blob, progress: (part: number) => void): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", `${this.origin}${BASE}/conversations/${opened.conversation_id}/images`);
      request.setRequestHeader("Authorization", `Bearer ${opened.access_token}`);
      request.setRequestHeader("Content-Type", picture.type || "application/octet-stream");
      request.upload.onprogress = ({ loaded, total }) => {
        progress(total > 0 ? loaded / total : 0);
      };
      request.onload = () => {
        const said = objectIn(request.responseText);
        if (request.status === 201 && typeof said.evidence_id === "string") resolve(said.evidence_id);
        else reject(problemOf(request.status, said));
      };
      request.onerror = () => {
        reject(new Problem(0, "unreachable", "the appliance does not answer"));
      };
      request.send(picture);
    });
  }

  socketAddress(conversationId: string): string {
    return `${this.origin.replace(/^http/, "ws")}${BASE}/conversations/${conversationId}/ws`;
  }

  callAddress(conversationId: string): string {
    return `${this.origin.replace(/^http/, "ws")}${BASE}/conversations/${conversationId}/call`;
  }

  private proven(opened: Opened, method: string): RequestInit {
    return { method, headers: { Authorization: `Bearer ${opened.access_token}` } };
  }

  private async ask(path: string, init: RequestInit = {}): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(`${this.origin}${BASE}${path}`, { ...init, credentials: "omit", referrerPolicy: "origin" });
    } catch {
      throw new Problem(0, "unreachable", "the appliance does not answer");
    }
    if (!answer.ok) throw problemOf(answer.status, objectIn(await answer.text()));
    return answer;
  }
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function problemOf(status: number, said: Record<string, unknown>): Problem {
  const text = (name: string) => (typeof said[name] === "string" ? said[name] : "");
  return new Problem(status, text("code"), text("detail"));
}
