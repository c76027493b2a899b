import { posix } from "node:path";
import ts from "typescript";
import { isGenerated, nodesOf, offence, type Rule, type SourceUnit } from "./source-unit.ts";

/** Limits of the house. */
export const LIMITS = { sourceLines: 400, testLines: 500, functionLines: 40, folderFiles: 12 } as const;

const NAMED_AFTER_NOTHING = new Set(["utils", "util", "helpers", "helper", "common", "types", "misc"]);

/** Files stay short. */
export const fileLength: Rule = (units) =>
  units
    .filter((unit) => !isGenerated(unit))
    .flatMap((unit) => {
      const limit = unit.path.startsWith("test/") ? LIMITS.testLines : LIMITS.sourceLines;
      const lines = unit.text.trimEnd().split("\n").length;
      return lines > limit ? [`${unit.path}:${lines}: has ${lines} lines, the limit is ${limit}`] : [];
    });

/** Functions stay short: from the first line of the signature to the closing brace. */
export const functionLength: Rule = (units) =>
  units
    .filter((unit) => !isGenerated(unit))
    .flatMap((unit) => {
      const found: string[] = [];
      for (const node of nodesOf(unit.tree)) {
        if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) continue;
        const first = unit.tree.getLineAndCharacterOfPosition(node.getStart(unit.tree)).line;
        const lines = unit.tree.getLineAndCharacterOfPosition(node.getEnd()).line - first + 1;
        if (lines <= LIMITS.functionLines) continue;
        found.push(offence(unit, node, `function of ${lines} lines, the limit is ${LIMITS.functionLines}`));
      }
      return found;
    });

/** A folder holds few files. */
export const folderSize: Rule = (units) => {
  const counts = new Map<string, number>();
  for (const { path } of units) counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > LIMITS.folderFiles)
    .map(([folder, count]) => `${folder}:0: holds ${count} files, the limit is ${LIMITS.folderFiles}`);
};

/** Names are kebab-case, `_` before those private to their folder, and say what is inside. */
export const fileNames: Rule = (units) =>
  units.flatMap(({ path }) => {
    const [name = ""] = posix.basename(path).split(".");
    if (!/^_?[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return [`${path}:0: is not named in kebab-case`];
    return NAMED_AFTER_NOTHING.has(name) ? [`${path}:0: is named after nothing it holds`] : [];
  });

/** A file named `_x` is imported from its own folder only. */
export const privateFiles: Rule = (units) =>
  units.flatMap((unit) =>
    unit.tree.statements
      .filter((statement) => ts.isImportDeclaration(statement))
      .filter(({ moduleSpecifier }) => {
        const specifier = ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : "";
        return posix.basename(specifier).startsWith("_") && posix.dirname(specifier) !== ".";
      })
      .map((statement) => offence(unit, statement, "imports a file that is private to another folder")),
  );

/** Exports have names. */
export const noDefaultExports: Rule = (units) =>
  units.flatMap((unit) =>
    unit.tree.statements
      .filter((statement) => {
        if (ts.isExportAssignment(statement)) return true;
        return ts.canHaveModifiers(statement) && hasModifier(statement, ts.SyntaxKind.DefaultKeyword);
      })
      .map((statement) => offence(unit, statement, "default export")),
  );

/** Whatever is exported says what it is. */
export const documentedExports: Rule = (units) =>
  units
    .filter((unit) => !isGenerated(unit))
    .flatMap((unit) =>
      unit.tree.statements
        .filter((statement, index, all) => isUndocumentedExport(unit, statement, all[index - 1]))
        .map((statement) => offence(unit, statement, "exported without a doc comment")),
    );

function isUndocumentedExport(unit: SourceUnit, statement: ts.Statement, before: ts.Statement | undefined): boolean {
  if (!ts.canHaveModifiers(statement) || !hasModifier(statement, ts.SyntaxKind.ExportKeyword)) return false;
  // The further signatures of an overloaded function share the comment of the first.
  if (before && ts.isFunctionDeclaration(statement) && ts.isFunctionDeclaration(before)) {
    if (before.body === undefined && before.name?.text === statement.name?.text) return false;
  }
  return !/^\/\*\*/m.test(unit.text.slice(statement.getFullStart(), statement.getStart(unit.tree)));
}

function hasModifier(node: ts.HasModifiers, kind: ts.SyntaxKind): boolean {
  return node.modifiers?.some((modifier) => modifier.kind === kind) === true;
}

/** Names of our own making, and what databases, file systems and package stores call it. */
const FIELD_WORDS: readonly (readonly [RegExp, string])[] = [
  [/\b(un)?fold(s|ed|ing)?\b(?! to 40)/, "checkpoint"],
  [/\bmanners?\b/, "options"],
  [/\bspell(s|ed|ing|ings)?\b/, "canonical key, or as it is written"],
  [/\bdonors?\b/, "existing copy"],
  [/\b(bury|buries|buried)\b/, "mark dead"],
  [/\b(robs?|robbed|robbers?|robbing)\b/, "take over"],
  [/\btake turns?\b/, "mutex"],
];

/** Things have the names that the field gives them, in code and in comments. */
export const fieldWords: Rule = (units) =>
  units.flatMap((unit) =>
    unit.text.split("\n").flatMap((line, index) => {
      // "takeTurn" and "TAKE_TURN" are words, too.
      const words = line
        .replace(/([a-z])([A-Z])/g, "$1 $2")
        .replaceAll("_", " ")
        .toLowerCase();
      const found = FIELD_WORDS.filter(([word]) => word.test(words));
      return found.map(([word, better]) => `${unit.path}:${index + 1}: ${word.exec(words)?.[0]}: say ${better}`);
    }),
  );

/** Nothing is left for later in the text. */
export const nothingLeftOpen: Rule = (units) => {
  const mark = new RegExp(`\\b(${["TO", "FIX"].map((start, index) => start + ["DO", "ME"][index]).join("|")}|X{3})\\b`);
  return units.flatMap((unit) =>
    unit.text
      .split("\n")
      .flatMap((line, index) => (mark.test(line) ? [`${unit.path}:${index + 1}: is left for later`] : [])),
  );
};
