import { beforeAll, describe, expect, it } from "vitest";

import { canonical, check, hex, Unreadable } from "./proof";

/** The log of these tests is built here by the definitions of RFC 6962 sections 2.1 and 2.1.1, which recurse. */
type Bytes = Uint8Array<ArrayBuffer>;

const ORIGIN = "aftersales-appliance/audit/of-a-test";
let pair: CryptoKeyPair;
let key = "";

const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
const base64 = (bytes: Bytes): string => btoa(String.fromCharCode(...bytes));
const hashed = async (...parts: Bytes[]): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(parts.flatMap((part) => [...part]))));
const records = (size: number): Bytes[] => Array.from({ length: size }, (_, seq) => utf8(`{"seq":"${String(seq)}","谁":"张"}`));

function split(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

async function root(all: Bytes[]): Promise<Bytes> {
  const [only] = all;
  if (all.length === 1 && only) return hashed(new Uint8Array([0]), only);
  const at = split(all.length);
  return hashed(new Uint8Array([1]), await root(all.slice(0, at)), await root(all.slice(at)));
}

async function path(all: Bytes[], index: number): Promise<Bytes[]> {
  if (all.length === 1) return [];
  const at = split(all.length);
  if (index < at) return [...(await path(all.slice(0, at), index)), await root(all.slice(at))];
  return [...(await path(all.slice(at), index - at)), await root(all.slice(0, at))];
}

async function keyText(raw: Bytes): Promise<string> {
  const typed = Uint8Array.from([1, ...raw]);
  return `${ORIGIN}+${hex(await hashed(utf8(`${ORIGIN}\n`), typed)).slice(0, 8)}+${base64(typed)}`;
}

async function proof(size: number, index: number): Promise<string> {
  const all = records(size);
  const body = utf8(`${ORIGIN}\n${String(size)}\n${base64(await root(all))}\nchain 00\nts 2026-11-26T01:02:03.000004Z\nprev 00\n`);
  const signed = new Uint8Array(await crypto.subtle.sign({ name: "Ed25519" }, pair.privateKey, body));
  const id = Uint8Array.from((key.split("+")[1] ?? "").match(/../g) ?? [], (byte) => parseInt(byte, 16));
  const line = `\u2014 ${ORIGIN} ${base64(Uint8Array.from([...id, ...signed]))}\n`;
  const hashes = (await path(all, index)).map((each) => `${base64(each)}\n`).join("");
  const head = `c2sp.org/tlog-proof@v1\nextra ${base64(all[index] ?? utf8(""))}\nindex ${String(index)}\n${hashes}`;
  return `${head}\n${new TextDecoder().decode(body)}\n${line}`;
}

beforeAll(async () => {
  pair = (await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"])) as CryptoKeyPair;
  key = await keyText(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
});

describe("a proof that is right", () => {
  it("is believed for every record of logs of every shape", async () => {
    for (let size = 1; size <= 17; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const checked = await check(await proof(size, index), [key]);
        expect([checked.isIncluded, checked.signature, checked.index]).toEqual([true, "good", index]);
      }
    }
  });

  it("says what it is about, and leads from the record to the root", async () => {
    const checked = await check(await proof(6, 4), [key]);
    expect(checked.record).toBe('{"seq":"4","谁":"张"}');
    expect(checked.steps.map(({ side }) => side)).toEqual(["right", "left"]);
    expect(hex(checked.steps.at(-1)?.node ?? utf8(""))).toBe(hex(await root(records(6))));
    expect(checked.checkpoint).toMatchObject({ origin: ORIGIN, size: 6, at: "2026-11-26T01:02:03.000004Z" });
  });
});

describe("a proof that is not right", () => {
  it("is not believed with any one of its lines changed", async () => {
    const right = await proof(7, 2);
    for (const [at, line] of right.split("\n").entries()) {
      if (line === "") continue;
      const lines = right.split("\n");
      const last = line.length - 6;
      lines[at] = line.slice(0, last) + (line[last] === "A" ? "B" : "A") + line.slice(last + 1);
      const said = await check(lines.join("\n"), [key]).then(
        ({ isIncluded, signature }) => isIncluded && signature === "good",
        () => false,
      );
      expect([line, said]).toEqual([line, false]);
    }
  });

  it("is not believed under another number or another record", async () => {
    const right = await proof(7, 2);
    const other = `extra ${base64(records(7)[3] ?? utf8(""))}`;
    expect((await check(right.replace("index 2", "index 3"), [key])).isIncluded).toBe(false);
    expect((await check(right.replace(/extra .*/, other), [key])).isIncluded).toBe(false);
  });

  it("is not believed with a hash too many or too few", async () => {
    const lines = (await proof(7, 2)).split("\n");
    const more = [...lines.slice(0, 4), lines[3], ...lines.slice(4)].join("\n");
    const fewer = [...lines.slice(0, 3), ...lines.slice(4)].join("\n");
    expect((await check(more, [key])).isIncluded).toBe(false);
    expect((await check(fewer, [key])).isIncluded).toBe(false);
  });

  it("does not carry the signature of a key that is not the log's", async () => {
    const stranger = (await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"])) as CryptoKeyPair;
    const other = await keyText(new Uint8Array(await crypto.subtle.exportKey("raw", stranger.publicKey)));
    expect((await check(await proof(5, 1), [other])).signature).toBe("bad");
    expect((await check(await proof(5, 1), [other, key])).signature).toBe("good");
  });

  it.each(["", "a page of something else", "c2sp.org/tlog-proof@v1\nextra AA==\nindex 01\n\n"])(
    "is none at all: %j",
    async (text) => {
      await expect(check(text, [key])).rejects.toThrow(Unreadable);
    },
  );

  it("is not held against a key that is none", async () => {
    await expect(check(await proof(3, 1), ["mine+00000000+AAAA"])).rejects.toThrow(Unreadable);
  });
});

it("writes a tree of strings in the one way that is hashed", () => {
  const tree = { b: "张\u0007\"", a: { d: "1", c: [] as never[] }, pii: [{ subj: "x", commit: "y" }] };
  expect(canonical(tree)).toBe('{"a":{"c":[],"d":"1"},"b":"张\\u0007\\"","pii":[{"commit":"y","subj":"x"}]}');
});
