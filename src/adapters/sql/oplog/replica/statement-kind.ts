import { quote } from "../../../../core/messages/quote.ts";

/** What a statement may do, as far as its first word tells: `with` can stand before both. */
export type StatementKind = "read" | "write" | "with";

/** White space, comments and empty statements in front of the first word. */
const FIRST_WORD = /^(?:\s|;|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*([a-z]+)/i;

/**
 * The kind of a statement that reads or changes rows.
 * @throws {TypeError} for any other, such as BEGIN, PRAGMA, ATTACH or CREATE: they would break out of the batch
 */
export function statementKind(sql: string): StatementKind {
  switch (FIRST_WORD.exec(sql)?.[1]?.toUpperCase()) {
    case "SELECT":
    case "VALUES":
      return "read";
    case "INSERT":
    case "REPLACE":
    case "UPDATE":
    case "DELETE":
      return "write";
    case "WITH":
      return "with";
    default:
      throw new TypeError(`Cannot run ${quote(sql)}: only SELECT, INSERT, UPDATE and DELETE can stand in a batch`);
  }
}

/** Where the first word of a statement begins, behind what SQLite steps over. */
export function startOfStatement(sql: string): number {
  const [before = "", word = ""] = FIRST_WORD.exec(sql) ?? [];
  return before.length - word.length;
}
