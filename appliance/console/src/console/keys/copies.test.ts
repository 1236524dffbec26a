import { expect, it } from "vitest";

import type { Keys } from "./api";
import { standingOf } from "./copies";

const SHOP = { shop_id: "s", epoch: 2, older_epochs: 0, subjects: 1, behind: 0, erased: 0 };
const KEYS: Keys = {
  root: { provider: "file", suite: "AES_256_GCM", generations: [1, 2], newest_since: null },
  shops: [{ ...SHOP, epoch_since: "2026-11-20T00:00:00Z" }],
  rotations: [],
  copies: [],
};

it("says that nothing was ever put away", () => {
  expect([standingOf("shares", KEYS), standingOf("epochs", KEYS)]).toEqual(["never", "never"]);
});

it("holds shares against the root key that wraps now", () => {
  const shares = (generation: number) => ({ ...KEYS, copies: [{ kind: "shares" as const, generation, made_at: "2026-11-21T00:00:00Z" }] });
  expect([standingOf("shares", shares(2)), standingOf("shares", shares(1))]).toEqual(["good", "outdated"]);
});

it("holds the secrets of epochs against the newest epoch", () => {
  const epochs = (made_at: string) => ({ ...KEYS, copies: [{ kind: "epochs" as const, generation: null, made_at }] });
  expect(standingOf("epochs", epochs("2026-11-20T00:00:01Z"))).toBe("good");
  expect(standingOf("epochs", epochs("2026-11-19T23:59:59Z"))).toBe("outdated");
});
