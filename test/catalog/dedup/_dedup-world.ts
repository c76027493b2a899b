import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { ApplyOptions, ApplySummary } from "../../../src/catalog/collect/collect-options.ts";
import type { DedupOptions } from "../../../src/catalog/dedup/dedup-options.ts";
import type { Plan } from "../../../src/catalog/plan/plan.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { type CollectWorld, pathOf, ROOT } from "../collect/_collect-world.ts";

/** Makes a name below the root a file of its own, with the same bytes. */
export async function split(fs: FileSystem, path: string): Promise<void> {
  const bytes = await fs.readFile(path);
  const mode = (await fs.lstat(path))?.mode ?? 0o644;
  await fs.unlink(path);
  const handle = await fs.open(path, "create", 0o600);
  await handle.write(bytes);
  await handle.close();
  await fs.setMode(path, mode);
}

/** Stores a text under some names, each of which gets a file of its own. */
export async function storeApart(
  world: CollectWorld,
  catalog: Catalog,
  { text, names }: { readonly text: string; readonly names: readonly string[] },
): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const name of names) {
    const path = pathOf(await world.ingest(catalog, text, name));
    await world.fs.setMode(path, 0o644);
    if (paths.length > 0) await split(world.fs, path);
    paths.push(path);
  }
  return paths;
}

/** What a plan would do, one text a line: `NAME < FROM`. */
export async function linesOf(plan: Plan): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { action, reason, uri, from } of plan.actions()) {
    lines.push(`${action} ${nameOf(uri)} < ${nameOf(from ?? "")} ${reason}`);
  }
  return lines;
}

/** The last name of a URI. */
export function nameOf(uri: string): string {
  return decodeURIComponent(uri).split("/").at(-1) ?? "";
}

/** Plans and applies, as `catalog dedup --apply` does. */
export async function dedup(
  catalog: Catalog,
  options: DedupOptions & ApplyOptions = {},
): Promise<{
  readonly summary: ApplySummary;
  readonly applied: readonly string[];
  readonly findings: readonly string[];
}> {
  const applied: string[] = [];
  const findings: string[] = [];
  const summary = await catalog.apply(await catalog.planDedup(options), {
    ...options,
    onApplied: ({ uri }) => applied.push(nameOf(uri)),
    onFinding: ({ kind, message, action }) =>
      findings.push(`${kind} ${nameOf(action.uri)} ${message.split(": ").at(-1)}`),
  });
  return { summary, applied, findings };
}

/** Which names below the root are one file, each group in one text. */
export async function groupsOf(fs: FileSystem, paths: readonly string[]): Promise<readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const identity = (await fs.lstat(path))?.identity ?? "nothing";
    groups.set(identity, [...(groups.get(identity) ?? []), nameOf(path)]);
  }
  return [...groups.values()].map((names) => names.join(" ")).sort();
}

/** What is staged, by whomever. */
export async function stagedIn(fs: FileSystem): Promise<readonly string[]> {
  const found: string[] = [];
  if ((await fs.lstat(`${ROOT}/.staging`)) === undefined) return found;
  for await (const page of fs.list(`${ROOT}/.staging`)) found.push(...page.map(({ name }) => name));
  return found;
}
