import { expect, it } from "vitest";

import { Refused } from "../api/client";
import { pages } from "./pages";

const LAST = 3;

function numbers(cursor = 1) {
  return Promise.resolve({ items: [cursor], cursor: cursor < LAST ? cursor + 1 : null });
}

it("goes on where the page before ended, and knows when it is over", async () => {
  const list = pages(numbers);
  await list.begin();
  expect([list.items.value, list.hasMore.value]).toEqual([[1], true]);
  await list.more();
  await list.more();
  expect([list.items.value, list.hasMore.value]).toEqual([[1, 2, 3], false]);
  await list.begin();
  expect(list.items.value).toEqual([1]);
});

it("keeps what is there when a page fails, and asks for the same again", async () => {
  let isAway = false;
  const list = pages((cursor: number | undefined) =>
    isAway ? Promise.reject(new Refused(503, "unavailable", "away")) : numbers(cursor),
  );
  await list.begin();
  isAway = true;
  await list.more();
  expect([list.items.value, list.trouble.value?.code]).toEqual([[1], "unavailable"]);
  isAway = false;
  await list.more();
  expect([list.items.value, list.trouble.value]).toEqual([[1, 2], null]);
});

it("shows the answer to the last question, whichever comes first", async () => {
  const waiting: ((items: number[]) => void)[] = [];
  const list = pages<number, number>(() => new Promise((done) => waiting.push((items) => done({ items, cursor: null }))));
  const [early, late] = [list.begin(), list.begin()];
  waiting[1]?.([2]);
  waiting[0]?.([1]);
  await Promise.all([early, late]);
  expect(list.items.value).toEqual([2]);
});
