import { describe, expect, it } from "vitest";

import { loaded } from "./loaded";

interface Asked {
  answer: (words: string) => void;
  refuse: (why: Error) => void;
}

/** Answers come when the test says so. */
function asking(): { asked: Asked[]; ask: () => Promise<string> } {
  const asked: Asked[] = [];
  return {
    asked,
    ask: () =>
      new Promise((answer, refuse) => {
        asked.push({ answer, refuse });
      }),
  };
}

const settled = (): Promise<void> => new Promise((done) => setTimeout(done));

describe("what a page asks for", () => {
  it("an answer slower than the clock is awaited, not asked for anew", async () => {
    const { asked, ask } = asking();
    const page = loaded(ask);
    await page.refresh();
    await page.refresh();
    expect(asked.length).toBe(1);
    asked[0]?.answer("slow");
    await settled();
    expect(page.value.value).toBe("slow");
    void page.refresh();
    expect(asked.length).toBe(2);
  });

  it("of two questions the later counts, whichever is answered first", async () => {
    const { asked, ask } = asking();
    const page = loaded(ask);
    void page.load();
    asked[1]?.answer("later");
    await settled();
    asked[0]?.answer("earlier");
    await settled();
    expect(page.value.value).toBe("later");
    expect(page.isLoading.value).toBe(false);
  });

  it("what failed is told, and can be asked for again", async () => {
    const { asked, ask } = asking();
    const page = loaded(ask);
    asked[0]?.refuse(new Error("away"));
    await settled();
    expect(page.trouble.value).not.toBeNull();
    void page.refresh();
    asked[1]?.answer("there");
    await settled();
    expect(page.trouble.value).toBeNull();
    expect(page.value.value).toBe("there");
  });
});
