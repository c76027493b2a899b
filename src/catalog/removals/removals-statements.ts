import type { SqlStatement, SqlValue } from "../../ports/sql.ts";
import { endOfPrefix, statement } from "../records/columns.ts";
import { REMOVAL_COLUMNS } from "./removal-line.ts";

/** Lines of `removals` by texts in an indexed column, in order. */
export function selectRemovalsBy(column: "uri" | "plan", texts: readonly string[]): SqlStatement {
  const some = texts.map(() => "?").join(", ");
  return statement(`SELECT ${REMOVAL_COLUMNS} FROM removals WHERE ${column} IN (${some}) ORDER BY id`, ...texts);
}

/** The next lines of an operation behind `afterId`, in order. */
export function selectRemovalsOfPlan(plan: string, afterId: number, size: number): SqlStatement {
  return statement(
    `SELECT ${REMOVAL_COLUMNS} FROM removals WHERE plan = ? AND id > ? ORDER BY id LIMIT ?`,
    plan,
    afterId,
    size,
  );
}

/** Lines about bytes whose hash begins with a prefix, in order. */
export function selectRemovalsByHash(prefix: string): SqlStatement {
  return statement(
    `SELECT ${REMOVAL_COLUMNS} FROM removals WHERE sha256 >= ? AND sha256 < ? ORDER BY id`,
    prefix,
    endOfPrefix(prefix),
  );
}

/** The id of the last line; NULL where there is none. */
export function selectLastRemoval(): SqlStatement {
  return statement("SELECT MAX(id) FROM removals");
}

/** What lines are looked through for. */
export interface RecordSearch {
  /** Of a row. */
  readonly id: number | undefined;
  /** Artifact ids or source URLs. */
  readonly names: readonly string[];
  /** Last names of paths, as a URI has them: a line can name a place by another text than the canonical one. */
  readonly lastNames: readonly string[];
}

/** Longer texts no row has, and no pattern may be so long. */
const MAX_PATTERN = 16_384;

/**
 * The lines with ids above `afterId` and up to `lastId` that may be about something: no index leads there, so each is
 * read. More come than are meant: a pattern of LIKE ignores case, and `%` stands for any text in a URI.
 */
export function selectRemovalsLike(search: RecordSearch, range: { afterId: number; lastId: number }): SqlStatement {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const like = (column: string, pattern: string): void => {
    if (pattern.length > MAX_PATTERN) return;
    conditions.push(`${column} LIKE ? ESCAPE '\\'`);
    values.push(pattern);
  };
  if (search.id !== undefined) like("record", `{"id":${search.id},%`);
  for (const name of search.names) {
    for (const field of ["artifact_id", "source_url"]) {
      like("record", `%${escapeLike(`"${field}":${JSON.stringify(name)}`)}%`);
    }
  }
  for (const name of search.lastNames) like("uri", `%/${escapeLike(name)}`);
  if (search.lastNames.length > 0) conditions.push("uri LIKE '%\\%%' ESCAPE '\\'");
  return statement(
    `SELECT ${REMOVAL_COLUMNS} FROM removals WHERE id > ? AND id <= ? AND (${conditions.join(" OR ") || "FALSE"})
     ORDER BY id`,
    range.afterId,
    range.lastId,
    ...values,
  );
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}
