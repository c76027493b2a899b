import ts from "typescript";
import { nodesOf, offence, type Rule, type SourceUnit } from "./source-unit.ts";

/** Functions whose answer does not follow from their arguments, or that reach the world. */
const IMPURE_CALLS = new Set([
  "Date.now",
  "Math.random",
  "performance.now",
  "crypto.randomUUID",
  "crypto.getRandomValues",
  "fetch",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
]);

/** Where SQL may stand: the statements of a capability, the engines, and the contract suite that tries engines. */
const SQL_HOME =
  /^src\/(catalog\/([a-z-]+\/([a-z-]+\/)?[a-z-]+-statements|migrations\.gen)\.ts$|adapters\/sql\/|testing\/_?sql-)/;

const SQL_TEXT =
  /^\s*(SELECT\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|REPLACE\s+INTO\s|CREATE\s+(TEMP\s+|UNIQUE\s+)?(TABLE|INDEX|VIEW|TRIGGER)\s|DROP\s+(TABLE|INDEX)\s|ALTER\s+TABLE\s|PRAGMA\s+\w|WITH\s+(RECURSIVE\s+)?\w+\s+AS\s)/;

/** Core computes: it waits for nothing and knows neither time nor chance. */
export const corePure: Rule = (units) =>
  within(units, /^src\/core\//, (unit, node) => {
    if (ts.isAwaitExpression(node) || node.kind === ts.SyntaxKind.AsyncKeyword) {
      return offence(unit, node, "core must not wait");
    }
    if (ts.isForOfStatement(node) && node.awaitModifier) return offence(unit, node, "core must not wait");
    const impure = impureText(unit, node);
    return impure === undefined ? undefined : offence(unit, node, `core must not use ${impure}`);
  });

function impureText(unit: SourceUnit, node: ts.Node): string | undefined {
  if (ts.isNewExpression(node) && node.expression.getText(unit.tree) === "Date" && !node.arguments?.length) {
    return "new Date()";
  }
  if (!ts.isCallExpression(node)) return undefined;
  const name = node.expression.getText(unit.tree).replace(/^globalThis\./, "");
  return IMPURE_CALLS.has(name) ? name : undefined;
}

/** Ports are interfaces and types; nothing of them is left at run time. */
export const portsOnlyTypes: Rule = (units) =>
  units
    .filter((unit) => unit.path.startsWith("src/ports/"))
    .flatMap((unit) =>
      unit.tree.statements
        .filter((statement) => !isOnlyType(statement))
        .map((statement) => offence(unit, statement, "ports hold interfaces and types only")),
    );

function isOnlyType(statement: ts.Statement): boolean {
  if (ts.isImportDeclaration(statement)) return statement.importClause?.isTypeOnly === true;
  return ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
}

/** SQL stands where it can be read as a whole and checked against every engine. */
export const sqlAtHome: Rule = (units) =>
  within(units, /^src\//, (unit, node) => {
    const isText = ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateHead(node);
    if (SQL_HOME.test(unit.path) || !isText || !SQL_TEXT.test(node.text)) return undefined;
    return offence(unit, node, "SQL belongs into a capability's statements file or an adapter under src/adapters/sql");
  });

function within(
  units: readonly SourceUnit[],
  paths: RegExp,
  judge: (unit: SourceUnit, node: ts.Node) => string | undefined,
): readonly string[] {
  const found: string[] = [];
  for (const unit of units.filter(({ path }) => paths.test(path))) {
    for (const node of nodesOf(unit.tree)) {
      const line = judge(unit, node);
      if (line !== undefined) found.push(line);
    }
  }
  return found;
}
