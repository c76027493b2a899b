import { expect, it } from "vitest";
import { sqlError } from "../../../../../src/adapters/sql/oplog/replica/sql-error.ts";

it.each([
  ["Node and Deno", "Cannot create a string longer than 0x1fffffe8 characters"],
  ["V8 itself", "Invalid string length"],
])("a text that %s has no string for is damage", (_where, message) => {
  expect(sqlError(new Error(message), "/c")).toMatchObject({
    code: "CORRUPT",
    details: { path: "/c" },
    hint: expect.stringContaining("catalog remove ID"),
  });
});
