import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeBatch,
  decodeMigration,
  encodeBatch,
  encodeMigration,
} from "../../../../../src/adapters/sql/oplog/log/batch-payload.ts";
import { toHex } from "../../../../../src/adapters/sql/oplog/log/bytes.ts";

const value = fc.oneof(
  fc.constant(null),
  fc.maxSafeInteger(),
  fc.double(),
  fc.string({ unit: "grapheme" }),
  fc.uint8Array(),
);
const statement = fc.record({ sql: fc.constantFrom("A ?", "B ?, ?", ""), parameters: fc.array(value) });

describe("a batch payload", () => {
  it("comes back as it was, always in the same bytes", () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(statement), (schemaVersion, statements) => {
        const bytes = encodeBatch({ schemaVersion, statements });
        expect(decodeBatch(bytes)).toEqual({ schemaVersion, statements });
        expect(toHex(encodeBatch({ schemaVersion, statements }))).toBe(toHex(bytes));
      }),
    );
  });

  it("is as specified", () => {
    const statements = [
      { sql: "S", parameters: [null, -1, 0.5] },
      { sql: "S", parameters: ["ä", new Uint8Array([255])] },
      { sql: "T" },
    ];
    const bytes = encodeBatch({ schemaVersion: 300, statements });
    expect(toHex(bytes)).toBe(
      "ac0203" +
        "000153" +
        "03" +
        "00" +
        "0101" +
        "02000000000000e03f" +
        "01" +
        "02" +
        "0302c3a4" +
        "0401ff" +
        "00015400",
    );
  });

  it.each(["x", "ä", "€", "😀", "\ud800"])("has the length of a text in bytes: of %j up to 200 times", (character) => {
    for (let count = 0; count <= 200; count++) {
      const text = character.repeat(count);
      const [statement] = decodeBatch(encodeBatch({ schemaVersion: 1, statements: [{ sql: text }] })).statements;
      expect(statement?.sql).toBe(text.toWellFormed());
    }
  });

  it("keeps the edges of numbers apart", () => {
    const parameters = [0, -0, 2 ** 52 - 1, -(2 ** 52) + 1, 2 ** 53 - 1, Number.NaN, Number.NEGATIVE_INFINITY, 1e300];
    const [decoded] = decodeBatch(encodeBatch({ schemaVersion: 1, statements: [{ sql: "", parameters }] })).statements;
    expect(decoded?.parameters).toEqual(parameters);
  });

  it.each(["", "01", "0101", "010101", "01010001", "01010001530105", "0100ff", "80808080808080808001", "0101000180"])(
    "is refused when it is %j",
    (hex) => {
      const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
      expect(() => decodeBatch(bytes)).toThrow(SyntaxError);
    },
  );

  it("of a migration comes back too, and nothing else does", () => {
    const migration = { from: 1, to: 2, script: "ALTER TABLE a ADD b; PRAGMA user_version = 2" };
    expect(decodeMigration(encodeMigration(migration))).toEqual(migration);
    expect(() => decodeMigration(new Uint8Array([1, 2, 0, 0]))).toThrow("left over");
  });
});
