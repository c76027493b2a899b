import { readdirSync, readFileSync } from "node:fs";
import { join, posix, sep } from "node:path";
import ts from "typescript";

/** One file of the repository, parsed. */
export interface SourceUnit {
  /** From the root of the repository, with "/" between names. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** Looks at files and says what breaks a rule, one line an offence: `path:line: what`. */
export type Rule = (units: readonly SourceUnit[]) => readonly string[];

/** One module that another names, by `import`, `export from` or `import()`. */
export interface ModuleReference {
  readonly specifier: string;
  /** The file meant, from the root of the repository; `undefined` for packages and built-in modules. */
  readonly target: string | undefined;
  readonly node: ts.Node;
}

/** A {@link SourceUnit} of a text. */
export function parseUnit(path: string, text: string): SourceUnit {
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
}

/** The TypeScript and JavaScript files below a folder of the repository, by path. */
export function readUnits(folder: string): readonly SourceUnit[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.m?[tj]s$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).split(sep).join("/"))
    .filter((path) => !path.includes("/node_modules/"))
    .sort()
    .map((path) => parseUnit(path, readFileSync(path, "utf8")));
}

/** Whether a tool wrote the file. */
export function isGenerated(unit: SourceUnit): boolean {
  return unit.path.endsWith(".gen.ts");
}

/** Every node of a file, parents first. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    children.push(child);
  });
  for (const child of children) yield* nodesOf(child);
}

/** An offence at a node. */
export function offence(unit: SourceUnit, node: ts.Node, what: string): string {
  const { line } = unit.tree.getLineAndCharacterOfPosition(node.getStart(unit.tree));
  return `${unit.path}:${line + 1}: ${what}`;
}

/** The modules that a file names. */
export function referencesOf(unit: SourceUnit): readonly ModuleReference[] {
  const references: ModuleReference[] = [];
  for (const node of nodesOf(unit.tree)) {
    const literal = specifierOf(node);
    if (literal === undefined) continue;
    const specifier = literal.text;
    const target = specifier.startsWith(".") ? posix.join(posix.dirname(unit.path), specifier) : undefined;
    references.push({ specifier, target, node });
  }
  return references;
}

function specifierOf(node: ts.Node): ts.StringLiteral | undefined {
  let named: ts.Node | undefined;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) named = node.moduleSpecifier;
  else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) named = node.arguments[0];
  else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) named = node.argument.literal;
  return named !== undefined && ts.isStringLiteral(named) ? named : undefined;
}
