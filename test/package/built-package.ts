import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { parseUnit, referencesOf } from "../architecture/source-unit.ts";

/** The folder of the repository. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** The part of package.json that users depend on. */
export interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** What loading a built file brings in at once, without `import()`. */
export interface LoadedModules {
  /** Files of ours, from the root of the repository. */
  readonly files: ReadonlySet<string>;
  /** Packages and built-in modules. */
  readonly packages: ReadonlySet<string>;
}

/** package.json of the repository. */
export function readManifest(): PackageManifest {
  return JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
}

/** The path of a file below `dist`. @throws when the package was not built */
export function builtFile(name: string): string {
  const path = join(ROOT, "dist", name);
  if (!existsSync(path)) throw new Error(`Cannot test the package: "dist/${name}" is missing; run "npm run build"`);
  return path;
}

/** Follows the static imports of a file below `dist`. */
export function loadedModules(name: string): LoadedModules {
  const files = new Set<string>();
  const packages = new Set<string>();
  const pending = [builtFile(name)];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    const path = relative(ROOT, file).split(sep).join(posix.sep);
    if (files.has(path)) continue;
    files.add(path);
    for (const { target, specifier, node } of referencesOf(parseUnit(path, readFileSync(file, "utf8")))) {
      if (ts.isCallExpression(node)) continue;
      if (target === undefined) packages.add(specifier);
      else pending.push(join(ROOT, target));
    }
  }
  return { files, packages };
}

/**
 * Packs the package and unpacks it as an installer would, into `project/node_modules`, beside the packages it depends
 * on. Gives the paths inside it.
 */
export function installPacked(project: string): readonly string[] {
  const { name, dependencies } = readManifest();
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, name), { recursive: true });
  const report = runNpm(["pack", "--json", "--ignore-scripts", "--pack-destination", project]);
  const [packed]: [{ filename: string; files: { path: string }[] }] = JSON.parse(report);
  const archive = join(project, packed.filename);
  execFileSync("tar", ["-xzf", archive, "-C", join(modules, name), "--strip-components=1"]);
  for (const dependency of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, dependency)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", dependency), join(modules, dependency), "junction");
  }
  return packed.files.map(({ path }) => path);
}

function runNpm(args: readonly string[]): string {
  return execFileSync("npm", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}
