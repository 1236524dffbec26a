/** Whether what was put away still brings the keys back. Only a root key that is a file is put away in these ways. */

import type { Copy, Keys } from "./api";

export type Standing = "good" | "never" | "outdated";

export function standingOf(kind: Copy["kind"], keys: Keys): Standing {
  const copy = keys.copies.find((each) => each.kind === kind);
  if (copy === undefined) return "never";
  const isOutdated = kind === "shares" ? copy.generation !== keys.root.generations.at(-1) : hasTurnedSince(copy, keys);
  return isOutdated ? "outdated" : "good";
}

/** Each rotation of a shop makes a new epoch, whose secret the copy does not hold. */
function hasTurnedSince(copy: Copy, keys: Keys): boolean {
  return keys.shops.some(({ epoch_since: since }) => Date.parse(since) > Date.parse(copy.made_at));
}
