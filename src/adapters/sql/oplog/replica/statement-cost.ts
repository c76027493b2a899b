import { quote } from "../../../../core/messages/quote.ts";
import type { SqlRow, SqlValue } from "../../../../ports/sql.ts";
import { isWord, statementTokens } from "./statement-tokens.ts";

/** The longest text of a statement, in UTF-16 code units: with it grows what SQLite computes for each row. */
const MAX_TEXT_LENGTH = 16_384;

/** What can take for ever by itself: recursion, and comparisons whose cost grows with a power of the length. */
const ENDLESS = new Set(["WITH", "LIKE", "GLOB", "REGEXP", "MATCH", "OVER"]);

/** What may stand before a bracket: keywords, and functions that give no more than they are given. */
const BEFORE_BRACKET = new Set(
  `VALUES SELECT DISTINCT ALL FROM WHERE AND OR NOT IN EXISTS ON SET CONFLICT BY HAVING LIMIT RETURNING CASE WHEN THEN
   ELSE BETWEEN IS ABS CAST COALESCE COUNT IFNULL LENGTH LOWER MAX MIN NULLIF OCTET_LENGTH SUBSTR SUM TYPEOF UPPER`.split(
    /\s+/,
  ),
);

/** What a plan says of what runs once for each row, or until it finds no more. */
const ENDLESS_STEP = /^(?:CORRELATED|RECURSIVE|CO-ROUTINE|MATERIALIZE)|VIRTUAL TABLE/;

/** What a plan says of going through a table; rows that stand in the statement itself are none. */
const LOOP = /^(?:SCAN (?!CONSTANT ROW$|\d+-ROW VALUES)|SEARCH |MULTI-INDEX OR$)/;

/** What a plan says at its end of the index that it uses: its name, and what is compared. */
const INDEX = / INDEX (\S+) \(([^()]+)\)$/;

/** What {@link StatementCost} works with. */
export interface StatementCostOptions {
  /** The tables in the order in which the schema makes them. */
  readonly tables: readonly string[];
  /** What EXPLAIN QUERY PLAN says of a statement: id, parent, unused, detail. */
  readonly explain: (sql: string) => readonly SqlRow[];
  /** The columns of the unique index of that name, as a plan has them when all are compared; `undefined` without one. */
  readonly findKey: (name: string) => SqlValue | undefined;
}

/** So many texts are remembered; a catalog has about twenty. */
const REMEMBERED = 256;

/**
 * Admits to batches the statements whose cost is bounded by the rows of one table, as `schema/oplog-engine.md` says.
 * sql.js cannot interrupt a statement that runs, so it has to be judged before.
 */
export class StatementCost {
  readonly #options: StatementCostOptions;
  readonly #order: ReadonlyMap<string, number>;
  readonly #admitted = new Set<string>();

  /** Nothing is admitted yet. */
  constructor(options: StatementCostOptions) {
    this.#options = options;
    this.#order = new Map(options.tables.map((name, index) => [name.toUpperCase(), index]));
  }

  /** Looks at a statement that SQLite understands. @throws {TypeError} when what it costs has no such bound */
  check(sql: string): void {
    if (this.#admitted.has(sql)) return;
    const reason = this.#findCostlyText(sql) ?? this.#findCostlyPlan(sql);
    if (reason !== undefined) throw new TypeError(`Cannot run ${quote(sql)} in a batch: ${reason}`);
    if (this.#admitted.size >= REMEMBERED) this.#admitted.clear();
    this.#admitted.add(sql);
  }

  #findCostlyText(sql: string): string | undefined {
    if (sql.length > MAX_TEXT_LENGTH) return `it is longer than ${MAX_TEXT_LENGTH} characters`;
    const tokens = statementTokens(sql);
    for (const [at, token] of tokens.entries()) {
      if (/^["`[]/.test(token)) return "it has quoted names";
      if (ENDLESS.has(token)) return `it has ${token}`;
      const calls = isWord(token) && tokens[at + 1] === "(" && tokens[at - 1] !== "INTO";
      if (calls && !BEFORE_BRACKET.has(token)) return `it calls ${token}`;
    }
    return this.#multiplies(tokens) ? "it takes rows from its own table or a later one" : undefined;
  }

  /** The part of a plan that costs more than the rows of one table: loops with one parent run within each other. */
  #findCostlyPlan(sql: string): string | undefined {
    const loops = new Set<unknown>();
    for (const [, parent, , text] of this.#options.explain(sql)) {
      const detail = String(text);
      if (ENDLESS_STEP.test(detail)) return `its plan has ${quote(detail, 60)}`;
      if (!LOOP.test(detail) || this.#findsOneRow(detail)) continue;
      if (loops.has(parent)) return "it goes through two tables within each other";
      loops.add(parent);
    }
    return undefined;
  }

  #findsOneRow(detail: string): boolean {
    if (detail.endsWith(" (rowid=?)")) return true;
    const [, name, columns] = INDEX.exec(detail) ?? [];
    return name !== undefined && this.#options.findKey(name) === columns;
  }

  /** Two tables that take rows from each other would double with each statement. */
  #multiplies(tokens: readonly string[]): boolean {
    const into = tokens.indexOf("INTO");
    const target = this.#order.get(nameOf(tokens[into + 1]));
    if (into < 0 || target === undefined || !hasOuterSelect(tokens)) return false;
    return withoutConditions(tokens.slice(into + 2)).some((token) => (this.#order.get(nameOf(token)) ?? -1) >= target);
  }
}

/** SQLite takes a text for a name where only a name can stand. */
function nameOf(token: string | undefined): string {
  return token?.replace(/^'(.*)'$/s, "$1") ?? "";
}

/** Without the subqueries of EXISTS: whatever they go through, no row comes from them. */
function withoutConditions(tokens: readonly string[]): readonly string[] {
  let depth = 0;
  return tokens.filter((token, at) => {
    if (token === "(" && (depth > 0 || tokens[at - 1] === "EXISTS")) depth += 1;
    const isOutside = depth === 0;
    if (token === ")" && depth > 0) depth -= 1;
    return isOutside;
  });
}

/** Whether rows come from a SELECT that is no part of an expression. */
function hasOuterSelect(tokens: readonly string[]): boolean {
  let depth = 0;
  return tokens.some((token) => {
    if (token === "(") depth += 1;
    if (token === ")") depth -= 1;
    return depth === 0 && token === "SELECT";
  });
}
