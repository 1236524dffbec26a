/**
 * Which conversation this browser is in the middle of, so that the next page of the shop goes on with it.
 *
 * Kept beside the shop's own data in the browser, for one shop and one customer: whoever logs in next begins anew.
 */

import type { Begun } from "./api";

export interface Kept extends Begun {
  /** Whose it is; empty for a stranger. */
  who: string;
  /** Whether it was begun to be spoken in. */
  isCall?: boolean;
}

export class Memory {
  private readonly key: string;

  constructor(
    shop: string,
    private readonly storage: Storage | null,
  ) {
    this.key = `aftersales-chat:${shop}`;
  }

  /** Of this customer, and only while its token counts. */
  recall(who: string, now: Date): Kept | null {
    const kept = this.read();
    if (kept === null) return null;
    if (kept.who === who && new Date(kept.expires_at) > now) return kept;
    this.forget();
    return null;
  }

  keep(kept: Kept): void {
    try {
      this.storage?.setItem(this.key, JSON.stringify(kept));
    } catch {
      // A browser that keeps nothing: the conversation ends with the page.
    }
  }

  forget(): void {
    try {
      this.storage?.removeItem(this.key);
    } catch {
      // As above.
    }
  }

  private read(): Kept | null {
    try {
      const found: unknown = JSON.parse(this.storage?.getItem(this.key) ?? "null");
      return isKept(found) ? found : null;
    } catch {
      return null;
    }
  }
}

function isKept(found: unknown): found is Kept {
  if (typeof found !== "object" || found === null) return false;
  const kept = found as Record<string, unknown>;
  return ["conversation_id", "access_token", "expires_at", "ai_label", "who"].every(
    (name) => typeof kept[name] === "string",
  );
}

/** The customer that a shop's token speaks of. Not verified here: it only tells one customer's talk from another's. */
export function customerIn(token: string | null): string {
  if (token === null) return "";
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const claims = JSON.parse(atob(payload)) as Record<string, unknown>;
    return typeof claims.sub === "string" ? claims.sub : token;
  } catch {
    return token;
  }
}
