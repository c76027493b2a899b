import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
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
    for (const { target, specifier, node } of referencesIn(path)) {
      if (ts.isCallExpression(node) && !later) continue;
      if (target === undefined) packages.add(specifier);
      else pending.push(join(ROOT, target));
    }
  }
  return { files, packages };
}

const references = new Map<string, ReturnType<typeof referencesOf>>();

/** The imports of a built file; entries share most of them, and parsing takes a while. */
function referencesIn(path: string): ReturnType<typeof referencesOf> {
  const found = references.get(path) ?? referencesOf(parseUnit(path, readFileSync(join(ROOT, path), "utf8")));
  references.set(path, found);
  return found;
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
  unpack(join(project, packed.filename), join(modules, name));
  linkPackages(project, packages);
  return packed.files.map(({ path }) => path);
}

const TAR_BLOCK_BYTES = 512;

/** Unpacks an archive as npm makes them: regular files with short names, all in the folder `package`. */
function unpack(archive: string, folder: string): void {
  const tar = gunzipSync(readFileSync(archive));
  for (let at = 0; tar[at] !== 0; ) {
    const field = (start: number, length: number): string =>
      tar.toString("utf8", at + start, at + start + length).replace(/\0.*$/s, "");
    const [name, mode, sizeBytes, kind] = [field(0, 100), field(100, 8), parseInt(field(124, 12), 8), field(156, 1)];
    if (kind !== "0" || !name.startsWith("package/")) throw new Error(`Cannot unpack "${name}" of kind "${kind}"`);
    const path = join(folder, name.slice("package/".length));
    const start = at + TAR_BLOCK_BYTES;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, tar.subarray(start, start + sizeBytes), { mode: parseInt(mode, 8) });
    at = start + Math.ceil(sizeBytes / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;
  }
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
