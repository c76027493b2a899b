import { posix } from "node:path";
import ts from "typescript";
import { type ModuleReference, nodesOf, offence, type Rule, referencesOf, type SourceUnit } from "./source-unit.ts";

/** The parts of `src`, and which parts each may import beside itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  core: ["errors"],
  ports: ["errors", "core"],
  catalog: ["errors", "core", "ports"],
  adapters: ["errors", "core", "ports"],
  testing: ["errors", "core", "ports", "catalog"],
  hosts: ["errors", "core", "ports", "catalog", "adapters"],
  cli: ["errors", "core", "ports", "catalog", "adapters", "hosts"],
  index: ["errors", "core", "ports", "catalog"],
};

/** What the package exports; only these may re-export from elsewhere. */
const ENTRY = /^src\/(index|testing\/index|hosts\/[a-z-]+)\.ts$/;

/** Files that are written for one runtime. */
const RUNTIME_FILE = /^src\/(adapters\/(.+\/)?(node|native|deno|bun)[a-z-]*\.ts|hosts\/.+\.ts|cli\/bin\.ts)$/;

const RUNTIME_NAMES = new Set(["Deno", "Bun", "process", "Buffer", "require", "__dirname", "__filename"]);

/** The part of `src` that a file belongs to: `core`, `adapters`, ..., or `errors` and `index` for these two files. */
function partOf(path: string): string {
  return /^src\/([a-z-]+)/.exec(path)?.[1] ?? path;
}

/** Parts import only what stands below them; nobody imports the main entry, or anything outside `src`. */
export const importDirection: Rule = (units) =>
  eachReference(units, (unit, { target }) => {
    if (target === undefined) return undefined;
    const [from, to] = [partOf(unit.path), partOf(target)];
    if (!target.startsWith("src/")) return `imports ${target}, which is not part of src`;
    if (from !== to && !MAY_IMPORT[from]?.includes(to)) return `${from} must not import ${to} (${target})`;
    return undefined;
  });

/** An adapter leaves the folders of other adapters alone. */
export const adaptersApart: Rule = (units) =>
  eachReference(units, (unit, { target }) => {
    if (partOf(unit.path) !== "adapters" || target === undefined || partOf(target) !== "adapters") return undefined;
    const [from, to] = [posix.dirname(unit.path), posix.dirname(target)];
    const related = adapterOf(from) === adapterOf(to) || from.startsWith(`${to}/`) || to.startsWith(`${from}/`);
    return related ? undefined : `must not import from another adapter's folder (${target})`;
  });

/** An adapter that needs more than a file has a folder, `src/adapters/<port>/<name>`, with whatever is below it. */
function adapterOf(folder: string): string {
  return folder.split("/").slice(0, 4).join("/");
}

/** Relative imports name the file with its extension; a folder is never meant. */
export const importExtensions: Rule = (units) =>
  eachReference(units, (_unit, { target }) =>
    target === undefined || target.endsWith(".ts") ? undefined : `must name a .ts file (${target})`,
  );

/** What belongs to one runtime stands in the files for that runtime. */
export const runtimeNames: Rule = (units) =>
  units
    .filter((unit) => !RUNTIME_FILE.test(unit.path))
    .flatMap((unit) => [
      ...referencesOf(unit)
        .filter(({ specifier }) => /^(node|bun|deno|cloudflare):/.test(specifier))
        .map(({ specifier, node }) => offence(unit, node, `${specifier} belongs to one runtime`)),
      ...runtimeNamesIn(unit),
    ]);

/** Globals of a runtime, less the names that the file gives to something of its own. */
function runtimeNamesIn(unit: SourceUnit): readonly string[] {
  const named = [...nodesOf(unit.tree)].filter(
    (node): node is ts.Identifier => ts.isIdentifier(node) && RUNTIME_NAMES.has(node.text),
  );
  const own = new Set(named.filter(isDeclaration).map((node) => node.text));
  return named
    .filter((node) => isUseOfGlobal(node) && !own.has(node.text))
    .map((node) => offence(unit, node, `${node.text} belongs to one runtime`));
}

function isDeclaration(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isParameter(parent) || ts.isVariableDeclaration(parent) || ts.isBindingElement(parent)) && parent.name === node
  );
}

/** Not the name of a property: `options.process` and `{ process: 1 }` are nobody's global; `globalThis.process` is. */
function isUseOfGlobal(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return ts.isIdentifier(parent.expression) && parent.expression.text === "globalThis";
  }
  const isName =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isMethodDeclaration(parent);
  return !(isName && parent.name === node);
}

/** Below the entries a file exports only what it declares. */
export const noBarrels: Rule = (units) =>
  units
    .filter((unit) => !ENTRY.test(unit.path))
    .flatMap((unit) =>
      unit.tree.statements
        .filter((statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined)
        .map((statement) => offence(unit, statement, "only entries may re-export")),
    );

function eachReference(
  units: readonly SourceUnit[],
  judge: (unit: SourceUnit, reference: ModuleReference) => string | undefined,
): readonly string[] {
  return units.flatMap((unit) =>
    referencesOf(unit).flatMap((reference) => {
      const what = judge(unit, reference);
      return what === undefined ? [] : [offence(unit, reference.node, what)];
    }),
  );
}
