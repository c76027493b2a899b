import type { Condition, ParsedQuery, Position } from "../../core/query.ts";
import type { SqlStatement, SqlValue } from "../../ports/sql.ts";
import { DOCUMENT_COLUMNS, endOfPrefix, statement } from "./columns.ts";

/** How a condition reads in SQL; every value is a parameter. */
function conditionSql(condition: Condition): { sql: string; values: SqlValue[] } {
  const { column, operator, value } = condition;
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
    case "contains": {
      const pattern = `%${String(value)
        .toLowerCase()
        .replace(/[\\%_]/g, "\\$&")}%`;
      const like = ["artifact_id", "source_url", "storage_uri"].map((each) => `lower(${each}) LIKE ? ESCAPE '\\'`);
      return { sql: `(${like.join(" OR ")})`, values: [pattern, pattern, pattern] };
    }
    default:
      return { sql: `${column} ${operator} ?`, values: [value] };
  }
}

/** One page of a search: at most `size` rows behind `after`. */
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
