import { describe, expect, it } from "vitest";

import { isColour, onColour } from "./colour";

describe("a shop's colour", () => {
  it.each([
    ["#1f5fbf", "#ffffff"],
    ["#8a2b52", "#ffffff"],
    ["#ffd400", "#14171c"],
    ["#ffffff", "#14171c"],
    ["#000000", "#ffffff"],
  ])("%s is written on in %s", (colour, ink) => {
    expect(onColour(colour)).toBe(ink);
  });

  it.each(["red", "#fff", "#1f5fbf;", "url(x)", ""])("is not %s", (text) => {
    expect(isColour(text)).toBe(false);
  });
});
