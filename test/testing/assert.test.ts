import { describe, expect, it } from "vitest";
import { assert, assertEquals, assertFails, assertThrows } from "../../src/testing/assert.ts";

const coded = (code: string): Promise<never> => Promise.reject(Object.assign(new Error("failed"), { code }));

describe("assertEquals", () => {
  it.each([
    [1, 1],
    [Number.NaN, Number.NaN],
    [null, null],
    [undefined, undefined],
    [new Uint8Array([1, 2]), new Uint8Array([1, 2])],
    [[{ a: [1] }], [{ a: [1] }]],
  ])("takes %j for %j", (actual, expected) => {
    expect(() => assertEquals(actual, expected)).not.toThrow();
  });

  it.each([
    [1, "1", 'size: expected "1", got "1"'],
    [null, {}, "size: expected {}, got null"],
    [[1], { 0: 1 }, 'size: expected {"0":1}, got [1]'],
    [new Uint8Array([1]), [1], "size: expected [1], got 1 bytes [1]"],
    [new Uint8Array([1]), new Uint8Array([2]), "size: expected 1 bytes [2], got 1 bytes [1]"],
    [{ a: 1 }, { a: 1, b: 2 }, 'size: expected {"a":1,"b":2}, got {"a":1}'],
    [{ a: undefined }, { b: undefined }, "size: expected {}, got {}"],
  ])("does not take %j for %j", (actual, expected, message) => {
    expect(() => assertEquals(actual, expected, "size")).toThrow(message);
  });

  it("calls it a value when nobody says what it is", () => {
    expect(() => assertEquals("a\n", undefined)).toThrow('value: expected "undefined", got "a\\n"');
  });
});

describe("assert, assertFails and assertThrows", () => {
  it("throws what was expected, if it is not so", () => {
    expect(() => assert(true, "no")).not.toThrow();
    expect(() => assert(false, "expected a name")).toThrow("expected a name");
  });

  it("wants one of the codes", async () => {
    await assertFails(() => coded("EPERM"), "EISDIR", "EPERM");
    await expect(assertFails(() => coded("EIO"), "EISDIR", "EPERM")).rejects.toThrow(
      "expected EISDIR or EPERM, got EIO: failed",
    );
    await expect(assertFails(() => Promise.reject(new Error("plain")), "EIO")).rejects.toThrow(
      "expected EIO, got no code: plain",
    );
    await expect(assertFails(() => Promise.reject("text"), "EIO")).rejects.toThrow("expected an Error, got string");
    await expect(assertFails(async () => 1, "EIO")).rejects.toThrow("expected a failure with EIO, got none");
  });

  it("wants a failure, now or later", async () => {
    await assertThrows(() => coded("EIO"), "work");
    await assertThrows(() => Promise.reject(undefined), "work");
    await assertThrows(() => {
      throw new Error("now");
    }, "work");
    await expect(assertThrows(() => 1, "work")).rejects.toThrow("work: expected a failure, got none");
  });
});
