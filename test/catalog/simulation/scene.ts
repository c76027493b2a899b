import { createHash } from "node:crypto";
import type { IngestMeta } from "../../../src/catalog/ingest/ingest-request.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { type CatalogName, ROOT, type World } from "./world.ts";

export const DOWNLOADS = "/downloads";
/** Where files were before somebody moved them. */
export const ELSEWHERE = "/elsewhere";

/** All contents that are in play, and what is said about them. */
export const TEXTS = {
  known: "known bytes",
  orphan: "orphaned bytes",
  lost: "lost bytes",
  strayed: "strayed bytes",
  old: "bytes of before",
  other: "other bytes",
  new: "new bytes",
  one: "bytes of one",
  listed: "listed bytes",
  resident: "resident bytes",
  lying: "lying bytes",
  shown: "shown bytes",
  away: "relocated bytes",
  theirs: "their bytes",
  stranger: "bytes of a stranger",
} as const;

/** What somebody could still want at the end, as nobody removed it: the source of a move, or its blob. */
export const TREASURES: readonly string[] = [TEXTS.new, TEXTS.one, TEXTS.listed, TEXTS.resident];

/** A file in the root that no catalog knows. */
export const STRANGER: string = `${ROOT}/stranger`;

/** What is there before, and what was said while it went on. */
export interface Scene {
  readonly world: World;
  /** The URIs of some blobs. */
  readonly places: { readonly known: string; readonly orphan: string };
  /** Rows of which somebody was told that they are there, with their bytes. */
  readonly promised: Set<string>;
  /** Rows that somebody set out to remove. */
  readonly removed: Set<string>;
  /** Rows of which nobody was told that their bytes are there, or that they were missing. */
  readonly unanswered: Set<string>;
  /** Places of which a collector said that it took them. */
  readonly collected: Set<string>;
}

/** What a row is called in this scene. */
export function labelOf(of: CatalogName, artifact: string): string {
  return `${of}: ${artifact}`;
}

/** What is said about bytes. */
export function metaOf(artifact: string): IngestMeta {
  return { artifactId: artifact, sourceUrl: `https://example.org/${encodeURIComponent(artifact)}`, resolver: "r" };
}

/** Text as bytes. */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** The SHA-256 of bytes in hexadecimal characters. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Writes a file, with the folders above it. */
async function write(files: FileSystem, path: string, text: string): Promise<void> {
  const names = path.split("/").slice(1, -1);
  for (const [at] of names.entries()) {
    const folder = `/${names.slice(0, at + 1).join("/")}`;
    if ((await files.stat(folder)) === undefined) await files.makeDirectory(folder);
  }
  const handle = await files.open(path, "create");
  await handle.write(encode(text));
  await handle.close();
}

async function writeSources(files: FileSystem): Promise<void> {
  await write(files, `${DOWNLOADS}/new`, TEXTS.new);
  await write(files, `${DOWNLOADS}/lib/one`, TEXTS.one);
  await write(files, `${DOWNLOADS}/listed`, TEXTS.listed);
  await write(files, `${DOWNLOADS}/orphaned`, TEXTS.orphan);
  await write(files, `${ROOT}/resident`, TEXTS.resident);
  await write(files, `${ROOT}/lying`, TEXTS.lying);
  await write(files, `${ROOT}/shown`, TEXTS.shown);
  await write(files, `${ROOT}/moved/away`, TEXTS.away);
  await write(files, STRANGER, TEXTS.stranger);
  for (const [name, folder] of [
    ["listed", DOWNLOADS],
    ["resident", ROOT],
    ["shown", ROOT],
  ] as const) {
    const line = {
      artifact_id: name,
      source_url: `https://example.org/${name}`,
      resolver: "r",
      path: `${folder}/${name}`,
    };
    await write(files, `${DOWNLOADS}/${name}.jsonl`, `${JSON.stringify(line)}\n`);
  }
}

/** Makes what is there before: rows of all kinds, lost blobs, an orphan, files that others name; in one catalog or two. */
export async function prepareScene(world: World, { isShared }: { readonly isShared: boolean }): Promise<Scene> {
  const { files } = world;
  await writeSources(files);
  const { catalog, sql } = await world.outside("a");
  const ingest = (name: keyof typeof TEXTS) => catalog.ingest(encode(TEXTS[name]), metaOf(name));
  const known = await ingest("known");
  const orphan = await ingest("orphan");
  const lost = await ingest("lost");
  const old = await ingest("old");
  await catalog.remove([orphan.record.id]);
  await files.unlink(new URL(lost.record.storageUri).pathname);
  await sql.batch([respell(old.record.storageUri)]);
  for (const [name, folder] of [
    ["strayed", DOWNLOADS],
    ["away", ELSEWHERE],
  ] as const) {
    const bytes = { bytes: TEXTS[name].length, sha256: sha256Of(encode(TEXTS[name])) };
    await catalog.registerOrGet({ ...metaOf(name), ...bytes, storageUri: `file://${folder}/${name}` });
  }
  for (const name of ["listed", "resident"]) {
    await catalog.importManifest({ path: `${DOWNLOADS}/${name}.jsonl` }, { format: "jsonl", allowOutside: true });
  }
  await catalog.close();
  if (isShared) {
    const theirs = await world.outside("b");
    await theirs.catalog.ingest(encode(TEXTS.theirs), metaOf("theirs"));
    await theirs.catalog.close();
  }
  const places = { known: known.record.storageUri, orphan: orphan.record.storageUri };
  return { world, places, promised: new Set(), removed: new Set(), unanswered: new Set(), collected: new Set() };
}

/** A row as version 0.1 left it: another text for the same name. */
function respell(uri: string): { readonly sql: string; readonly parameters: readonly string[] } {
  const name = uri.slice(uri.lastIndexOf("/") + 1);
  const escaped = `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`;
  const text = `file://localhost${new URL(uri).pathname.slice(0, -name.length)}/${escaped}`;
  return { sql: "UPDATE documents SET storage_uri = ? WHERE storage_uri = ?", parameters: [text, uri] };
}
