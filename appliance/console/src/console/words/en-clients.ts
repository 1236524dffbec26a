/** What the room of API clients says, in English. */

import type { ClientWords } from "./zh-clients";

export const enClients: ClientWords = {
  lead: "A shop's systems call the intranet API with what is made here. Give what is needed and no more; take back what nobody uses.",
  noShop: "There is no shop yet",
  none: "No system of this shop comes in yet",
  add: "Add",
  name: "System",
  nameHint: "Such as erp; no person's name",
  credential: "Credential",
  credentials: { signature: "Signed requests", api_key: "API key" },
  credentialHints: {
    signature: "Every request is signed, so that the secret never travels; it can be bound to certificates besides. Preferred.",
    api_key: "The key comes with every request: for encrypted connections of the intranet only.",
  },
  scopes: "May",
  scopeNames: {
    "events:write": "Report order events",
    "conversations:read": "Read traces of conversations",
    "cases:read": "Read cases",
    "decisions:read": "Read rulings",
    "work_orders:read": "Read work orders",
    "work_orders:write": "Handle work orders",
    "call_refusals:write": "Say who wants no calls, take it back, and ask",
  },
  made: "Made",
  used: "Last use",
  never: "Never",
  idle: "Unused for 90 days",
  bound: (count) => `Bound to ${String(count)} certificates`,
  revoke: "Revoke",
  revokeAsk: (name) => `"${name}" gets in no more (an API key within half a minute), and there is no way back. Revoke it?`,
  revoked: "Revoked",
  revokedAt: (at) => `Revoked ${at}`,
  withRevoked: "With those that were revoked",
  needBoth: "Name the system and choose what it may do",
  secretTitle: "Keep this now",
  secretHint: "This is shown once; nobody can see it again. Hand it on by a safe way.",
  caller: "Header X-Client",
  secrets: { signature: "What it signs with", api_key: "API key" },
  kept: "I have kept it",
};
