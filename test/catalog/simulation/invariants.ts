import { CanonicalNames } from "../../../src/catalog/files/canonical-name.ts";
import { OWN_FOLDERS } from "../../../src/core/naming/blob-key.ts";
import { fileUriFromPath, type StorageUri } from "../../../src/core/storage-uri.ts";
import { collect } from "./collector.ts";
import { DOWNLOADS, labelOf, type Scene, STRANGER, sha256Of, TREASURES } from "./scene.ts";
import { filesBelow } from "./stepped-files.ts";
import { Violation } from "./violation.ts";
import { type CatalogName, ROOT, type WorldProcess } from "./world.ts";

/** When all leases are over, whoever had them. */
const LATER_MS = 5 * 3_600_000;

/** Files that are only ever added: no catalog may have a second row for one. */
const ADDED_FILES = [`${DOWNLOADS}/lib/one`, `${ROOT}/lying`];
/** Files that had a row in the first catalog before. */
const KNOWN_FILES = [`${DOWNLOADS}/listed`, `${ROOT}/resident`];

const ROWS = `SELECT artifact_id, storage_uri, sha256 FROM documents
  UNION ALL SELECT artifact_id, variants.storage_uri, variants.sha256 FROM variants JOIN documents ON documents.id = document_id`;

/**
 * Lets all leases end, and collects what nothing names then, whatever died before; then looks at what is left.
 * @throws {Violation} when a row has no blob, or a blob of other bytes; when a file has two rows; when moved bytes are
 * nowhere; when a row is gone of which somebody was told
 */
export async function requireAll(
  scene: Scene,
  { allowsDisplaced }: { readonly allowsDisplaced: boolean },
): Promise<void> {
  const { world } = scene;
  for (const name of world.databases.keys()) await collect(await world.outside(name, LATER_MS));
  const observer = await world.outside("a", LATER_MS);
  const hashes = await hashBlobs(scene, allowsDisplaced);
  for (const [name, database] of world.databases) {
    await requireBlobs(scene, observer, { name, rows: database.query({ sql: ROWS }), hashes });
    requireOneRow(scene, name);
    const leases = database.query({ sql: "SELECT uri FROM leases" });
    if (leases.length > 0) throw new Violation(`catalog ${name}: ${String(leases[0]?.[0])} has a lease for ever`);
  }
  requirePromised(scene);
  requireRecorded(scene);
  if ((await world.files.stat(STRANGER)) === undefined) throw new Violation("the file of a stranger is gone");
  await requireTreasures(scene, hashes);
}

/** The hashes of all blobs by key, and of those that could not go back to their names: nobody deletes them. */
async function hashBlobs(
  { world: { files, databases } }: Scene,
  allowsDisplaced: boolean,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const hashes = new Map<string, string[]>();
  const note = async (key: string, path: string): Promise<void> => {
    hashes.set(key, [...(hashes.get(key) ?? []), sha256Of(await files.readFile(path))]);
  };
  const own = new Set(Object.values(OWN_FOLDERS).map((name) => `${ROOT}/${name}`));
  for (const path of await filesBelow(files, ROOT, (each) => own.has(each))) {
    await note(path.slice(ROOT.length + 1), path);
  }
  const trash = `${ROOT}/${OWN_FOLDERS.trash}`;
  if ((await files.stat(trash)) === undefined) return hashes;
  for (const path of await filesBelow(files, trash, (each) => each === `${trash}/reserve`)) {
    const [run = "", ...key] = path.slice(trash.length + 1).split("/");
    if (!run.startsWith("kept-")) throw new Violation(`${path} was left in the trash`);
    if (allowsDisplaced && isDisplaced(databases, run.slice("kept-".length), key.join("/")))
      await note(key.join("/"), path);
  }
  return hashes;
}

function isDisplaced(databases: Scene["world"]["databases"], run: string, key: string): boolean {
  const sql = "SELECT 1 FROM trash WHERE run = ? AND uri = ? AND kind = 'displaced' AND expires_at IS NULL";
  const parameters = [run, fileUriFromPath(`${ROOT}/${key}`)];
  return [...databases.values()].some((database) => database.query({ sql, parameters }).length > 0);
}

/** @throws {Violation} when nothing is on record about what a collector said that it took */
function requireRecorded({ world, collected }: Scene): void {
  for (const [name, database] of world.databases) {
    for (const [uri] of database.query({ sql: "SELECT uri FROM removals WHERE verb = 'gc'" })) {
      collected.delete(labelOf(name, String(uri)));
    }
  }
  for (const label of collected) throw new Violation(`${label} was collected without a record`);
}

async function requireBlobs(
  { unanswered, promised }: Scene,
  { store, fs }: WorldProcess,
  found: {
    readonly name: CatalogName;
    readonly rows: readonly (readonly unknown[])[];
    readonly hashes: ReadonlyMap<string, readonly string[]>;
  },
): Promise<void> {
  const { name, rows, hashes } = found;
  const names = new CanonicalNames({ fs, store });
  for (const [artifact, uri, sha256] of rows) {
    const label = labelOf(name, String(artifact));
    const { key } = await names.locate(String(uri) as StorageUri, { follow: true });
    // Bytes elsewhere are for nobody to collect, and those that were lost before have to be brought back by somebody.
    if (key === undefined || unanswered.has(label)) continue;
    if (artifact === "lost" && !promised.has(label)) continue;
    const there = hashes.get(key) ?? [];
    if (there.includes(String(sha256))) continue;
    throw new Violation(`catalog ${name}: ${artifact} has ${there.length === 0 ? "no" : "another"} blob at ${uri}`);
  }
}

function requireOneRow({ world }: Scene, name: CatalogName): void {
  for (const path of name === "a" ? [...ADDED_FILES, ...KNOWN_FILES] : ADDED_FILES) {
    const rows = world.databases.get(name)?.query({
      sql: `SELECT id FROM documents WHERE storage_uri = ?
        OR id IN (SELECT document_id FROM sources WHERE path = ?)`,
      parameters: [`file://${path}`, path],
    });
    if (rows !== undefined && rows.length > 1) throw new Violation(`catalog ${name}: ${path} has ${rows.length} rows`);
  }
}

function requirePromised({ world, promised, removed }: Scene): void {
  const there = new Set<string>();
  for (const [name, database] of world.databases) {
    for (const [artifact] of database.query({ sql: ROWS })) there.add(labelOf(name, String(artifact)));
  }
  for (const label of promised) {
    if (!there.has(label) && !removed.has(label)) throw new Violation(`catalog ${label} has no row`);
  }
}

async function requireTreasures(
  { world: { files } }: Scene,
  hashes: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  const left = new Set([...hashes.values()].flat());
  for (const path of await filesBelow(files, DOWNLOADS)) left.add(sha256Of(await files.readFile(path)));
  for (const text of TREASURES) {
    const sha256 = sha256Of(new TextEncoder().encode(text));
    if (!left.has(sha256)) throw new Violation(`${JSON.stringify(text)} are nowhere`);
  }
}
