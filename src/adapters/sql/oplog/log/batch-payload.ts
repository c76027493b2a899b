import type { SqlStatement, SqlValue } from "../../../../ports/sql.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";

/** What a batch frame carries. */
export interface BatchPayload {
  /** The schema version that the statements were written for. */
  readonly schemaVersion: number;
  /** What ran, in order, in one transaction. */
  readonly statements: readonly SqlStatement[];
}

const TAG = { null: 0, integer: 1, double: 2, text: 3, blob: 4 } as const;

/** The bytes for a batch: always the same for the same batch. */
export function encodeBatch({ schemaVersion, statements }: BatchPayload): Uint8Array {
  const writer = new ByteWriter();
  const numbers = new Map<string, number>();
  writer.varint(schemaVersion);
  writer.varint(statements.length);
  for (const { sql, parameters = [] } of statements) {
    const number = numbers.get(sql);
    if (number === undefined) {
      numbers.set(sql, numbers.size);
      writer.varint(0);
      writer.text(sql);
    } else {
      writer.varint(number + 1);
    }
    writer.varint(parameters.length);
    for (const value of parameters) writeValue(writer, value);
  }
  return writer.finish();
}

function writeValue(writer: ByteWriter, value: SqlValue): void {
  if (value === null) {
    writer.u8(TAG.null);
  } else if (typeof value === "string") {
    writer.u8(TAG.text);
    writer.text(value);
  } else if (typeof value !== "number") {
    writer.u8(TAG.blob);
    writer.bytes(value);
  } else if (isZigzagSafe(value)) {
    writer.u8(TAG.integer);
    writer.varint(value < 0 ? -2 * value - 1 : 2 * value);
  } else {
    writer.u8(TAG.double);
    writer.f64(value);
  }
}

/** Integers whose double is a safe one too; -0 is none. */
function isZigzagSafe(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 52 && !Object.is(value, -0);
}

/** What a batch frame says. @throws {SyntaxError} when the bytes are no batch */
export function decodeBatch(bytes: Uint8Array): BatchPayload {
  const reader = new ByteReader(bytes);
  const schemaVersion = reader.varint();
  const statements: SqlStatement[] = [];
  const texts: string[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const sql = readSql(reader, texts);
    const parameters: SqlValue[] = [];
    for (let more = reader.varint(); more > 0; more--) parameters.push(readValue(reader));
    statements.push({ sql, parameters });
  }
  if (!reader.atEnd) throw new SyntaxError("Cannot decode batch: bytes are left over");
  return { schemaVersion, statements };
}

function readSql(reader: ByteReader, texts: string[]): string {
  const number = reader.varint();
  if (number === 0) {
    const sql = reader.text();
    texts.push(sql);
    return sql;
  }
  const sql = texts[number - 1];
  if (sql === undefined) throw new SyntaxError("Cannot decode batch: it names a statement that it does not have");
  return sql;
}

function readValue(reader: ByteReader): SqlValue {
  const tag = reader.u8();
  switch (tag) {
    case TAG.null:
      return null;
    case TAG.integer: {
      const zigzag = reader.varint();
      return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    }
    case TAG.double:
      return reader.f64();
    case TAG.text:
      return reader.text();
    case TAG.blob:
      return reader.bytes().slice();
    default:
      throw new SyntaxError(`Cannot decode batch: there is no value of kind ${tag}`);
  }
}

/** What a migration frame carries: a script that leads from one schema version to another. */
export interface MigrationPayload {
  /** The schema version that the script starts from. */
  readonly from: number;
  /** The schema version that it leads to. */
  readonly to: number;
  /** SQL, of any number of statements. */
  readonly script: string;
}

/** The bytes for a migration. */
export function encodeMigration({ from, to, script }: MigrationPayload): Uint8Array {
  const writer = new ByteWriter();
  writer.varint(from);
  writer.varint(to);
  writer.text(script);
  return writer.finish();
}

/** What a migration frame says. @throws {SyntaxError} when the bytes are no migration */
export function decodeMigration(bytes: Uint8Array): MigrationPayload {
  const reader = new ByteReader(bytes);
  const migration = { from: reader.varint(), to: reader.varint(), script: reader.text() };
  if (!reader.atEnd) throw new SyntaxError("Cannot decode migration: bytes are left over");
  return migration;
}
