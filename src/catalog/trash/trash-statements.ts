import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement, SqlValue } from "../../ports/sql.ts";
import { boundedText, statement } from "../records/columns.ts";

const COLUMNS = `run, ${boundedText("uri")}, kind, ${boundedText("sha256")}, bytes, trashed_at, expires_at, plan`;

/** What is selected of each: run, URI, kind, hash, size, when it was put there, when it goes, operation. */
export function selectTrashAt(uris: readonly string[]): SqlStatement {
  const some = uris.map(() => "?").join(", ");
  return statement(`SELECT ${COLUMNS} FROM trash WHERE uri IN (${some}) ORDER BY uri, run`, ...uris);
}

/** What is on record about bytes whose hash begins with a prefix: the names that they had. No index leads there. */
export function selectTrashByHash(start: string, end: string): SqlStatement {
  return statement(
    `SELECT ${boundedText("uri")} FROM trash WHERE sha256 >= ? AND sha256 < ? ORDER BY uri, run`,
    start,
    end,
  );
}

/** The next names behind one that an operation put into the trash, in order. */
export function selectTrashOfPlan(plan: string, afterUri: string, size: number): SqlStatement {
  return statement("SELECT uri FROM trash WHERE plan = ? AND uri > ? ORDER BY uri LIMIT ?", plan, afterUri, size);
}

/** What goes into the table of the trash. */
export interface TrashLine {
  /** The run that took it. */
  readonly run: string;
  /** The name that it had. */
  readonly uri: string;
  /** `trash`: for people; `displaced`: it was referenced, and others had its name. */
  readonly kind: "trash" | "displaced";
  /** Of the bytes, as far as it is on record. */
  readonly sha256: SqlValue;
  /** How many they are. */
  readonly bytes: number;
  /** When it was taken. */
  readonly trashedAt: Timestamp;
  /** When a collector may delete it; `null`: never. */
  readonly expiresAt: Timestamp | null;
  /** The operation. */
  readonly plan: string;
}

/** Writes down what lies in the trash, or will in a moment. */
export function insertTrash(line: TrashLine): SqlStatement {
  const { run, uri, kind, sha256, bytes, trashedAt, expiresAt, plan } = line;
  return statement(
    `INSERT INTO trash (run, uri, kind, sha256, bytes, trashed_at, expires_at, plan) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (run, uri) DO UPDATE SET kind = excluded.kind, expires_at = excluded.expires_at`,
    ...[run, uri, kind, sha256, bytes, trashedAt, expiresAt, plan],
  );
}

/** Gives a row if something that a run took is on record as being in the trash. */
export function selectTrash(run: string, uri: string): SqlStatement {
  return statement("SELECT 1 FROM trash WHERE run = ? AND uri = ?", run, uri);
}

/** Forgets what lies in the trash no more. */
export function deleteTrash(run: string, uri: string): SqlStatement {
  return statement("DELETE FROM trash WHERE run = ? AND uri = ?", run, uri);
}

/** What was in the trash for long enough: run, URI, since when, until when, hash, size. */
export function selectExpiredTrash(now: Timestamp): SqlStatement {
  return statement(
    `SELECT run, ${boundedText("uri")}, trashed_at, expires_at, sha256, bytes FROM trash
     WHERE expires_at <= ? ORDER BY expires_at, run, uri`,
    now,
  );
}
