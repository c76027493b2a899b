import type { SqlStatement } from "../../ports/sql.ts";
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

/** Strikes out what does not lie in the trash any more. */
export function deleteTrashLine(run: string, uri: string): SqlStatement {
  return statement("DELETE FROM trash WHERE run = ? AND uri = ?", run, uri);
}
