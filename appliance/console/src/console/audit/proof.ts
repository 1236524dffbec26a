/**
 * Checks the proof of one record in this browser: what the appliance believes of it is not asked.
 *
 * A proof is a C2SP tlog-proof over a tree of RFC 6962, its checkpoint a signed note of Ed25519. The same as
 * `witness.py check`, of which it is a second reading.
 */

import type { Tree } from "./api";

const INCLUSION = "c2sp.org/tlog-proof@v1";
const HASH_BYTES = 32;
const ED25519 = 1;

/** It is no proof at all. */
export class Unreadable extends Error {}

export interface Proof {
  index: number;
  record: Bytes;
  siblings: Bytes[];
  note: string;
}

export interface Checkpoint {
  origin: string;
  size: number;
  root: Bytes;
  at: string;
}

/** One hash that is put beside what there is; what comes of both. */
export interface Step {
  side: "left" | "right";
  sibling: Bytes;
  node: Bytes;
}

export type Signature = "good" | "bad" | "not_checkable";

export interface Checked {
  index: number;
  record: string;
  leaf: Bytes;
  steps: Step[];
  root: Bytes;
  checkpoint: Checkpoint;
  isIncluded: boolean;
  signature: Signature;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** A page that did not come by TLS gets no cryptography from its browser. */
export function canHash(): boolean {
  return (globalThis.crypto as Crypto | undefined)?.subtle !== undefined;
}

export async function check(text: string, keys: readonly string[]): Promise<Checked> {
  const proof = read(text);
  const checkpoint = checkpointOf(proof.note);
  const leaf = await leafHash(proof.record);
  const { steps, root, fits } = await climb(leaf, proof.index, checkpoint.size, proof.siblings);
  return {
    index: proof.index,
    record: new TextDecoder("utf-8", { fatal: true }).decode(proof.record),
    leaf,
    steps,
    root,
    checkpoint,
    isIncluded: fits && hex(root) === hex(checkpoint.root),
    signature: await signatureOf(proof.note, checkpoint.origin, keys),
  };
}

export function read(text: string): Proof {
  const cut = text.indexOf("\n\n");
  const [kind, extra, index, ...hashes] = text.slice(0, Math.max(cut, 0)).split("\n");
  if (kind !== INCLUSION || !extra?.startsWith("extra ") || !index?.startsWith("index ")) throw new Unreadable();
  const siblings = hashes.map(decoded);
  if (siblings.some(({ length }) => length !== HASH_BYTES)) throw new Unreadable();
  return { index: number(index.slice(6)), record: decoded(extra.slice(6)), siblings, note: text.slice(cut + 2) };
}

export function checkpointOf(note: string): Checkpoint {
  const [origin, size, root, ...rest] = note.split("\n");
  if (!origin || size === undefined || root === undefined) throw new Unreadable();
  const at = rest.find((line) => line.startsWith("ts "))?.slice(3) ?? "";
  return { origin, size: number(size), root: decoded(root), at };
}

/** RFC 8785 of a tree that holds nothing but strings. */
export function canonical(tree: Tree | Tree[] | string): string {
  if (typeof tree === "string") return JSON.stringify(tree);
  if (Array.isArray(tree)) return `[${tree.map(canonical).join(",")}]`;
  const parts = Object.keys(tree).sort();
  return `{${parts.map((name) => `${JSON.stringify(name)}:${canonical(tree[name] ?? "")}`).join(",")}}`;
}

export function leafHash(record: Bytes): Promise<Bytes> {
  return sha256(joined(new Uint8Array([0]), record));
}

export function bytesOf(text: string): Bytes {
  return new TextEncoder().encode(text);
}

export function hex(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** RFC 9162 section 2.1.3.2, with every step kept. */
async function climb(leaf: Bytes, index: number, size: number, siblings: Bytes[]) {
  const steps: Step[] = [];
  let [at, last, node, fits] = [BigInt(index), BigInt(size) - 1n, leaf, index < size];
  for (const sibling of siblings) {
    if (last === 0n) fits = false;
    const isLeft = (at & 1n) === 1n || at === last;
    node = await (isLeft ? nodeHash(sibling, node) : nodeHash(node, sibling));
    steps.push({ side: isLeft ? "left" : "right", sibling, node });
    while (isLeft && at !== 0n && (at & 1n) === 0n) [at, last] = [at >> 1n, last >> 1n];
    [at, last] = [at >> 1n, last >> 1n];
  }
  return { steps, root: node, fits: fits && last === 0n };
}

async function signatureOf(note: string, origin: string, keys: readonly string[]): Promise<Signature> {
  const cut = note.lastIndexOf("\n\n");
  const body = bytesOf(note.slice(0, cut + 1));
  const signed = note
    .slice(cut + 2)
    .split("\n")
    .flatMap((line) => signatureIn(line, origin));
  for (const key of keys) {
    const { name, id, raw } = await keyOf(key);
    const ours = name === origin ? signed.filter(({ length }) => length > 4) : [];
    for (const each of ours.filter((bytes) => hex(bytes.slice(0, 4)) === id)) {
      const said = await verified(raw, each.slice(4), body);
      if (said !== "bad") return said;
    }
  }
  return "bad";
}

function signatureIn(line: string, origin: string): Bytes[] {
  const [dash, name, encoded] = line.split(" ");
  return dash === "\u2014" && name === origin && encoded !== undefined ? [decoded(encoded)] : [];
}

/** `name+id+base64`, as an auditor keeps it. A key whose id is not its own is none. */
async function keyOf(text: string): Promise<{ name: string; id: string; raw: Bytes }> {
  const [name, id, ...encoded] = text.trim().split("+");
  const bytes = decoded(encoded.join("+"));
  if (!name || bytes[0] !== ED25519 || bytes.length !== HASH_BYTES + 1) throw new Unreadable();
  const own = hex((await sha256(joined(bytesOf(`${name}\n`), bytes))).slice(0, 4));
  if (own !== id) throw new Unreadable();
  return { name, id: own, raw: bytes.slice(1) };
}

async function verified(raw: Bytes, signature: Bytes, body: Bytes): Promise<Signature> {
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return "not_checkable"; // a browser older than the algorithm
  }
  return (await crypto.subtle.verify({ name: "Ed25519" }, key, signature, body)) ? "good" : "bad";
}

function nodeHash(left: Bytes, right: Bytes): Promise<Bytes> {
  return sha256(joined(new Uint8Array([1]), left, right));
}

async function sha256(data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

function joined(...parts: Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Base64 in its one spelling. */
function decoded(text: string): Bytes {
  try {
    const binary = atob(text);
    if (btoa(binary) === text) return Uint8Array.from(binary, (char) => char.charCodeAt(0));
  } catch {
    throw new Unreadable();
  }
  throw new Unreadable();
}

/** Decimal in its one spelling. */
function number(text: string): number {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) throw new Unreadable();
  return Number(text);
}
