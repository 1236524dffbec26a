/** What the room of keys says, in English. */

import type { KeyWords } from "./zh-keys";

export const enKeys: KeyWords = {
  lead: "Numbers, times and counts; no key",
  root: "Root key",
  provider: "Kept in",
  providers: { file: "A file of this machine", pkcs11: "A PKCS#11 token", sdf: "A device of GM/T 0018" },
  suite: "Algorithm",
  generation: "In use",
  number: (count) => `No. ${String(count)}`,
  since: (at) => `since ${at}`,
  oldThere: "The older one is still there: rotate again after a day",
  copies: { shares: "Custodians' shares", epochs: "Copy of the epochs' secrets" },
  standings: { good: "Good", never: "Never made", outdated: "Out of date" },
  cures: {
    shares: "No shares bring the root key back if the machine is lost:",
    epochs: "A restore on another machine needs it:",
  },
  commands: { shares: "appliance keys split FOLDER", epochs: "appliance keys save-epochs FILE" },
  rotations: "Rotations",
  rotationHint:
    "Keys are rotated by command on the server, while everything runs; broken off, the same command goes on. The console shows how far it is. Once a month is good: from then on an older backup opens nothing by itself, and nobody who was erased comes back with it.",
  noRotation: "Nothing was rotated yet",
  layer: "Layer",
  layers: { root: "Root key", shop: "Shop's key", subject: "Subjects' keys", old_root: "Old root keys", index: "Staff digests' key" },
  place: "Where",
  everywhere: "All shops",
  staff: "Staff accounts",
  target: "To",
  moved: "Moved",
  progress: (moved, remaining) => `${moved} moved, ${remaining} left`,
  began: "Began",
  ended: "Ended",
  underWay: "Under way",
  shops: "Keys of shops",
  shopsHint:
    "One key of a shop in each epoch. A subject is a customer or somebody of the staff, each with a key; once it is destroyed, all that was sealed under it is gone.",
  epoch: "In use",
  epochSince: "Since",
  older: "Older epochs not closed",
  subjects: "Subjects",
  behind: "Still under an older epoch",
  erased: "Erased subjects",
};
