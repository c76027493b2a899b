import type { Condition, ParsedQuery, Position } from "../../core/query.ts";
import { TextMatch } from "../../core/text-match.ts";
import type { SqlStatement, SqlValue } from "../../ports/sql.ts";
import { DOCUMENT_COLUMNS, endOfPrefix, isTooLong, statement } from "../records/columns.ts";

/** A condition and its parameters. */
interface ConditionSql {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** What {@link TextMatch} is asked for. */
const TEXT_COLUMNS = ["artifact_id", "source_url", "storage_uri"];

/**
 * Narrows down to rows that may contain a text. SQLite knows the case of ASCII only and PostgreSQL that of a locale, so
 * what has other characters, or encoded ones, is left to {@link TextMatch.isIn}. A row with a text that is too long may
 * contain anything, and is not looked at by either: it is found, and then it is damaged.
 */
function mayContain({ ascii }: TextMatch): ConditionSql {
  const tooLong = TEXT_COLUMNS.map(isTooLong);
  const other = TEXT_COLUMNS.map(
    (each) => `${each} LIKE '%\\%%' ESCAPE '\\' OR octet_length(${each}) <> length(${each})`,
  );
  if (ascii === undefined) return { sql: `(${[...tooLong, ...other].join(" OR ")})`, values: [] };
  const pattern = `%${ascii.replace(/[\\%_]/g, "\\$&")}%`;
  const like = TEXT_COLUMNS.map((each) => `lower(${each}) LIKE ? ESCAPE '\\'`);
  return { sql: `(${[...tooLong, ...like, ...other].join(" OR ")})`, values: TEXT_COLUMNS.map(() => pattern) };
}

/** How a condition reads in SQL; every value is a parameter. */
function conditionSql(condition: Condition): ConditionSql {
  const { column, operator, value, other } = condition;
  switch (operator) {
    case "is-null":
      return { sql: `${column} IS NULL`, values: [] };
    case "is-not-null":
      return { sql: `${column} IS NOT NULL`, values: [] };
    case "prefix":
      return { sql: `${column} >= ? AND ${column} < ?`, values: [value, endOfPrefix(String(value))] };
    case "media-type":
      return {
        sql: `(${column} = ? OR ${column} >= ? AND ${column} < ?)`,
        values: [value, `${value};`, `${value};\u{10ffff}`],
      };
    case "contains":
      return mayContain(new TextMatch(String(value)));
    default:
      return other === undefined
        ? { sql: `${column} ${operator} ?`, values: [value] }
        : { sql: `${column} IN (?, ?)`, values: [value, other] };
  }
}

/** One page of a search: at most `size` rows behind `after`; a text in the query may not be in all of them. */
export function selectPage(query: ParsedQuery, after: Position | undefined, size: number): SqlStatement {
  const parts = query.conditions.map(conditionSql);
  const than = query.descending ? "<" : ">";
  if (after && query.sort === "id") parts.push({ sql: `id ${than} ?`, values: [after.id] });
  else if (after) parts.push({ sql: `(${query.sort}, id) ${than} (?, ?)`, values: [after.value, after.id] });
  const where = parts.length === 0 ? "" : ` WHERE ${parts.map((part) => part.sql).join(" AND ")}`;
  const direction = query.descending ? "DESC" : "ASC";
  const order = query.sort === "id" ? `id ${direction}` : `${query.sort} ${direction}, id ${direction}`;
  return statement(
    `SELECT ${DOCUMENT_COLUMNS} FROM documents${where} ORDER BY ${order} LIMIT ?`,
    ...parts.flatMap((part) => part.values),
    size,
  );
}
