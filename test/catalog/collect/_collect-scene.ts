import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { Layout } from "../../../src/core/naming/layout.ts";
import { parentPath } from "../../../src/core/path.ts";
import type { BlobStore } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { filesBelow } from "../ingest/_ingest-world.ts";
import { pathOf, ROOT } from "./_collect-world.ts";
import type { MortalProcess, MortalProcesses } from "./_mortal-processes.ts";

/** What {@link prepareScene} works with. */
export interface SceneOptions {
  readonly layout: Layout;
  readonly processes: MortalProcesses;
}

/** A root with everything that a collector may meet: paths, and what is there. */
export interface CollectScene {
  /** What rows name, of both catalogs. */
  readonly live: ReadonlyMap<string, string>;
  /** What nothing refers to any more. */
  readonly orphans: ReadonlyMap<string, string>;
}

/** What nobody registers. */
export const STRAY: string = `${ROOT}/notes/mine.txt`;

/** What the collector before has put into the trash, for no time. */
const EXPIRED = "expired";

/**
 * Rows of two catalogs that share some bytes, orphans, a file of nobody, and what a collector and a writer left that are
 * gone: a blob in the trash that a row names, a staged file, and what was in the trash for long enough.
 */
export async function prepareScene(fs: FileSystem, { layout, processes }: SceneOptions): Promise<CollectScene> {
  const process = processes.start();
  const a = await process.open({ fs, layout, trashTtlDays: 0 });
  const b = await process.open({ fs, layout, name: "b" });
  await orphan(a, EXPIRED);
  await a.apply(await a.planCollect({ orphanTtlDays: 0, trash: true }), { force: true });
  const live = new Map<string, string>();
  for (const text of ["kept", "", "taken"]) live.set(await ingest(a, text), text);
  const orphans = new Map<string, string>();
  for (const text of ["gone", "gone, too"]) orphans.set(await orphan(a, text), text);
  const shared = await orphan(a, "shared");
  for (const text of ["shared", ""]) live.set(await ingest(b, text), text);
  if (!live.has(shared)) orphans.set(shared, "shared");
  for (const catalog of [a, b]) await catalog.close();
  await write(fs, STRAY, "mine");
  await leaveBehind(fs, process, [...live.keys()][2] ?? "");
  process.end();
  return { live, orphans };
}

/** Stores a text under a name after it. Gives the path. */
export async function ingest(catalog: Catalog, text: string): Promise<string> {
  const name = text === "" ? "empty" : text;
  const meta = { artifactId: name, sourceUrl: `https://example.org/${name}.txt`, resolver: "test" };
  const { record } = await catalog.ingest(new TextEncoder().encode(text), meta);
  return pathOf(record);
}

/** The folders above a path, from the root. */
function foldersAbove(path: string): readonly string[] {
  const parent = parentPath(path);
  return parent === "/" ? [] : [...foldersAbove(parent), parent];
}

async function orphan(catalog: Catalog, text: string): Promise<string> {
  const path = await ingest(catalog, text);
  await remove(catalog, text);
  return path;
}

/** Removes the row of a text. */
export async function remove(catalog: Catalog, text: string): Promise<void> {
  const [record] = await catalog.listByArtifact(text);
  if (record !== undefined) await catalog.remove([record.id]);
}

export async function write(fs: FileSystem, path: string, text: string): Promise<void> {
  for (const folder of foldersAbove(path)) {
    if ((await fs.stat(folder)) === undefined) await fs.makeDirectory(folder);
  }
  const handle = await fs.open(path, "create");
  await handle.write(new TextEncoder().encode(text));
  await handle.sync();
  await handle.close();
  for (let at = path; at !== "/"; at = parentPath(at)) await fs.syncDirectory(parentPath(at));
}

/** Takes a blob, and begins to stage another one, as if the process had ended then. */
export async function leaveBehind(fs: FileSystem, { self }: MortalProcess, path: string): Promise<void> {
  const store: BlobStore = await openFileBlobStore({ fs, entropy: webCryptoEntropy, rootDir: ROOT, owner: self });
  const key = store.findKey(`file://${encodeURI(path)}`);
  const found = key && (await store.stat(key));
  if (key === undefined || found === undefined) throw new TypeError(`expected a blob at ${path}`);
  await store.take(key, { found, run: store.newRun(), keepName: !key.startsWith("cas/") });
  const writer = await store.stage();
  await writer.write(new TextEncoder().encode("half"));
}

/** Every file below the root, but markers and the reserve, with its text. */
export async function textsIn(fs: FileSystem): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const path of await filesBelow(fs, ROOT)) {
    if (/^\.content-catalog\/|^\.trash\/reserve$/.test(path.slice(ROOT.length + 1))) continue;
    texts.set(path, new TextDecoder().decode(await fs.readFile(path)));
  }
  return texts;
}

/** What is wrong with a root over which a last collection has gone. */
export async function findViolations(fs: FileSystem, { live, orphans }: CollectScene): Promise<readonly string[]> {
  const texts = await textsIn(fs);
  const wrong: string[] = [];
  for (const [path, text] of [...live, [STRAY, "mine"] as const]) {
    if (texts.get(path) !== text) wrong.push(`${path} is lost: ${texts.get(path)}`);
  }
  for (const [path, text] of texts) {
    const name = path.slice(ROOT.length + 1);
    if (live.has(path) || path === STRAY) continue;
    const isKept = /^\.trash\/kept-/.test(name) && [...orphans.values()].includes(text);
    if (!isKept) wrong.push(`${name} is left: ${text}`);
  }
  return wrong;
}
