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
  /** Whoever imports what needs them installs them; all are optional. */
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** What loading a built file brings in. */
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

/** Follows the static imports of a file below `dist`, and those by `import()` only if `later` is set. */
export function loadedModules(name: string, { later = false }: { readonly later?: boolean } = {}): LoadedModules {
  const files = new Set<string>();
  const packages = new Set<string>();
  const pending = [builtFile(name)];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    const path = relative(ROOT, file).split(sep).join(posix.sep);
    if (files.has(path)) continue;
    files.add(path);
    for (const { target, specifier, node } of referencesOf(parseUnit(path, readFileSync(file, "utf8")))) {
      if (ts.isCallExpression(node) && !later) continue;
      if (target === undefined) packages.add(specifier);
      else pending.push(join(ROOT, target));
    }
  }
  return { files, packages };
}

/**
 * Packs the package and unpacks it as an installer would, into `project/node_modules`, beside other packages: those it
 * depends on, if no others are named. Gives the paths inside it.
 */
export function installPacked(
  project: string,
  packages: readonly string[] = Object.keys(readManifest().dependencies),
): readonly string[] {
  const { name } = readManifest();
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, name), { recursive: true });
  const report = runNpm(["pack", "--json", "--ignore-scripts", "--pack-destination", project]);
  const [packed]: [{ filename: string; files: { path: string }[] }] = JSON.parse(report);
  const archive = join(project, packed.filename);
  execFileSync("tar", ["-xzf", archive, "-C", join(modules, name), "--strip-components=1"]);
  linkPackages(project, packages);
  return packed.files.map(({ path }) => path);
}

/** Puts packages of ours into `project/node_modules`. */
export function linkPackages(project: string, packages: readonly string[]): void {
  for (const name of packages) {
    const path = join(project, "node_modules", name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), path, "junction");
  }
}

function runNpm(args: readonly string[]): string {
  return execFileSync("npm", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}
