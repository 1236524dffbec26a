import { describe, expect, it } from "vitest";

import { misfit, passwordMisfit } from "./chosen";

const GOOD = { login: "li.si", name: "李四", password: "Lake-stone-47", repeat: "Lake-stone-47", code: "123456" };

describe("what can be seen to be wrong with a choice", () => {
  it.each([
    [{}, null],
    [{ login: "李四" }, "needLogin"],
    [{ login: "ab" }, "needLogin"],
    [{ name: "  " }, "needName"],
    [{ password: "short", repeat: "short" }, "shortPassword"],
    [{ repeat: "Lake-stone-48" }, "differ"],
    [{ code: "12345" }, "code"],
  ] as const)("of %o is %s", (change, expected) => {
    expect(misfit({ ...GOOD, ...change }, false)).toBe(expected);
  });

  it("asks for no name where the account has one", () => {
    expect(misfit({ ...GOOD, login: "", name: "" }, true)).toBeNull();
  });

  it("says of a password first that it is short", () => {
    expect(passwordMisfit("a", "b")).toBe("shortPassword");
  });
});
