import { expect, it } from "vitest";
import { inPages, PAGE_SIZE } from "../../src/core/pages.ts";

it.each([
  [0, []],
  [1, [1]],
  [PAGE_SIZE, [PAGE_SIZE]],
  [2 * PAGE_SIZE + 1, [PAGE_SIZE, PAGE_SIZE, 1]],
])("cuts %d items into pages of %j", (count, sizes) => {
  const items = Array.from({ length: count }, (_, index) => index);
  const pages = [...inPages(items)];
  expect(pages.map(({ length }) => length)).toEqual(sizes);
  expect(pages.flat()).toEqual(items);
});
