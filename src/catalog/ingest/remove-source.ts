import { hasCode } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { type BlobKey, parseBlobKey } from "../../core/naming/blob-key.ts";
import { decodePathOfUri, fileUriFromPath, type StorageUri } from "../../core/storage-uri.ts";
import type { FileStat } from "../../ports/file-system.ts";
import { hashFile } from "../files/hash-file.ts";
import { hashStored } from "../files/hash-stored.ts";
import { removeUnchanged } from "../files/remove-unchanged.ts";
import { findPathBelow, isSameEntry } from "../files/same-entry.ts";
import type { Placement } from "../placing/place-content.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { isSameState, type StagedContent } from "../placing/stage-content.ts";
import { ensureOlderNames } from "../sources/older-names.ts";
import { selectLeasesOf, selectNames } from "../sources/sources-statements.ts";

/** How a file looked at a moment. */
export interface SeenFile {
  /** What the file system told. */
  readonly stat: FileStat;
  /** Milliseconds since 1970. */
  readonly seenMs: number;
}

/** The steps in which file systems tell times are at most that long (FAT), in milliseconds. */
const COARSEST_TIME_MS = 2000;

/** A file whose bytes have their place and their durable row. */
export interface StoredSource {
  /** Its absolute path, which is no symlink. */
  readonly source: string;
  /** How it looked before it was read. */
  readonly before: SeenFile;
  /** The bytes as they were read, with their hash. */
  readonly content: StagedContent;
  /** How the bytes came to where they are. */
  readonly placement: Placement;
  /** Where the bytes are now, as their row says. */
  readonly uri: StorageUri;
}

/**
 * Removes the name under which bytes came, if it is proven that they stay: the file is the one that was read, it was not
 * written to since, nobody names it, and the bytes of the row have its hash. Gives what speaks against it, as the end of
 * "... was kept: it ..."; `undefined` when the name is gone.
 */
export async function removeSource(context: PlacingContext, stored: StoredSource): Promise<string | undefined> {
  const { fs } = context;
  const { source } = stored;
  try {
    const now = await fs.lstat(source);
    if (now === undefined) return undefined;
    await ensureOlderNames(context);
    const place = await locateSource(context, source);
    const doubt =
      findChange(now, stored) ??
      (await findUse(context, place, stored)) ??
      (await findMissingProof(context, stored, now));
    if (doubt !== undefined) return doubt;
    // To read takes its time, and even a moment is enough to put another file there.
    const done = await removeUnchanged(fs, source, async (stat) => {
      if (findChange(stat, stored) !== undefined) return false;
      // Who looks for it from now on finds it gone; who found it in the root has said so before.
      return place.key === undefined || (await findUse(context, place, stored)) === undefined;
    });
    if (done === "changed") return "was written to, replaced, or registered where it lies, after it was read";
  } catch (error) {
    return `cannot be removed: ${describe(error)}`;
  }
  await protect(context, stored);
  return undefined;
}

function describe(error: unknown): string {
  if (hasCode(error, "EACCES", "EPERM")) return "access is denied";
  return error instanceof Error ? error.message : String(error);
}

function findChange(now: FileStat, { before }: StoredSource): string | undefined {
  if (now.identity !== before.stat.identity) return "is another file by now";
  return isSameState(now, before.stat) ? undefined : "was written to after it was read";
}

/** Where a source lies. */
interface SourcePlace {
  /** Without symlinks. */
  readonly real: string;
  /** As rows name it. */
  readonly uri: StorageUri;
  /** Missing outside of the root. */
  readonly key: BlobKey | undefined;
}

async function locateSource({ fs, store }: PlacingContext, source: string): Promise<SourcePlace> {
  const real = await fs.realPath(source);
  // By what the folders are: a mount may show the root in another place, too.
  const below = await findPathBelow(fs, store.root, real);
  const key = below === undefined ? store.findKey(fileUriFromPath(real)) : parseBlobKey(below);
  // Where names in different case are one, it may be a blob under another name than that of its row.
  const uri = key === undefined ? fileUriFromPath(real) : store.uriOf(await store.canonicalKey(key));
  return { real, uri, key };
}

/** Whether the source is, or may be, a stored blob itself, or named by a row where it lies: then its name is needed. */
async function findUse(
  { sql, root }: PlacingContext,
  { real, uri, key }: SourcePlace,
  { uri: storedUri }: StoredSource,
): Promise<string | undefined> {
  if (sql === undefined) return key === undefined ? undefined : "lies in the root, where it may be in use";
  const fresh = key !== undefined;
  const isNamed = uri === storedUri || (await sql.query(selectNames({ path: real, uri }), { fresh })).length > 0;
  if (isNamed) return "is named by the catalog where it lies";
  if (key === undefined) return undefined;
  const leases = await sql.query(selectLeasesOf(uri), { fresh });
  if (leases.length > 0) return "is being registered where it lies";
  return (await root?.isShared()) ? "lies in the root, where another catalog may name it" : undefined;
}

/** Why it is not certain that the bytes of the source are also where their row says. */
async function findMissingProof(
  context: PlacingContext,
  stored: StoredSource,
  now: FileStat,
): Promise<string | undefined> {
  const { fs } = context;
  const { source, before, content, uri } = stored;
  const path = decodePathOfUri(uri);
  const stays = path === undefined || !context.store.capabilities.adopt ? undefined : await fs.lstat(path);
  if (path !== undefined && stays?.identity === now.identity) {
    // Two names of one file: what it has under the one it has under the other, whatever that is, and `findChange` says
    // that it is what was hashed. The file system says that both are names of it now; it must not be one name, seen twice.
    return now.links > 1 && !(await isSameEntry(fs, source, path)) ? undefined : "is the stored file itself";
  }
  const { bytes } = content;
  // Written to a moment before it was read, it may have been written to again since without that its time tells.
  const isFresh = before.seenMs - before.stat.modifiedMs < COARSEST_TIME_MS;
  const known = content.sha256;
  const sha256 = known === null || isFresh ? await hashSource(context, source) : known;
  if (sha256 === undefined || sha256 !== (known ?? sha256)) return "was written to after it was read";
  if ((await hashStored(context, uri, { bytes })) !== sha256)
    return `has no proven copy: ${quote(uri)} does not have its bytes`;
  // What lies elsewhere was not made durable by the store.
  if (path !== undefined && context.store.findKey(uri) === undefined) await syncFile(context, path);
  return undefined;
}

async function hashSource(context: PlacingContext, source: string): Promise<string | undefined> {
  const hashed = await hashFile(context, source);
  return hashed.stable ? hashed.sha256 : undefined;
}

async function syncFile({ fs }: PlacingContext, path: string): Promise<void> {
  const handle = await fs.open(path, "read");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A blob that was another name of the source is protected when it is the only one. */
async function protect({ store, settings, logger }: PlacingContext, stored: StoredSource): Promise<void> {
  const { content, placement, uri } = stored;
  const key = store.findKey(uri);
  const isOurs = content.staging.shared && placement === "stored" && settings.layout === "cas";
  if (!isOurs || content.sha256 === null || key === undefined) return;
  try {
    await store.protect(key);
  } catch (error) {
    logger.log("warn", "Could not protect a blob from being written to", { uri, error: String(error) });
  }
}
