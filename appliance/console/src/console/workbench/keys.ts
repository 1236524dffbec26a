/** Keys of the workbench: Alt with a letter, by the key's place, so that layouts and input methods change nothing. */

export const KEYS = {
  previous: "ArrowUp",
  next: "ArrowDown",
  transfer: "KeyT",
  handBack: "KeyB",
  close: "KeyC",
  note: "KeyN",
  write: "KeyW",
  help: "KeyH",
} as const;

export type KeyDeed = keyof typeof KEYS;

const DEEDS = new Map<string, KeyDeed>(Object.entries(KEYS).map(([deed, code]) => [code, deed as KeyDeed]));

export function deedOf(event: Pick<KeyboardEvent, "altKey" | "ctrlKey" | "metaKey" | "code">): KeyDeed | null {
  if (!event.altKey || event.ctrlKey || event.metaKey) return null;
  return DEEDS.get(event.code) ?? null;
}

export function keyName(deed: KeyDeed): string {
  return KEYS[deed].replace("Key", "").replace("ArrowUp", "↑").replace("ArrowDown", "↓");
}
