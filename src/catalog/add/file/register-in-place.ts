import { parseRegistration, type Registration } from "../../../core/document.ts";
import { asCatalogError } from "../../../core/messages/file-error.ts";
import { quote } from "../../../core/messages/quote.ts";
import type { Sha256 } from "../../../core/sha256.ts";
import { formatTimestamp } from "../../../core/timestamp.ts";
import { CatalogError } from "../../../errors.ts";
import type { SqlEngine } from "../../../ports/sql.ts";
import type { CanonicalNames } from "../../files/canonical-name.ts";
import { type HashFileOptions, hashFile, KEPT_REASON } from "../../files/hash-file.ts";
import { hashStored } from "../../files/hash-stored.ts";
import { KeptNames } from "../../files/kept-names.ts";
import { createOwnFiles } from "../../files/own-files.ts";
import { findByKeys } from "../../find/find-by-keys.ts";
import type { IngestMeta } from "../../ingest/ingest-request.ts";
import { SNIFF_BYTES, sniffContent } from "../../ingest/sniff-content.ts";
import { FileLeases } from "../../leases/file-leases.ts";
import type { Lease } from "../../leases/lease.ts";
import { untilRegistered } from "../../leases/until-registered.ts";
import type { PlacingContext } from "../../placing/placing-context.ts";
import type { HashOf } from "../../register/learn-hashes.ts";
import { toRegisterResult } from "../../register/register.ts";
import { registerLeased } from "../../register/register-leased.ts";
import { findLost } from "../../register/repoint-lost.ts";
import { findGivenKey } from "../../register/rewrite-older-keys.ts";
import { deleteSecondRow, insertSource } from "../../sources/sources-statements.ts";
import { findEndingTombstones, withRemoval } from "../../tombstones/find-tombstones.ts";
import { removedMeanwhile } from "../../tombstones/take-back.ts";
import type { AddSettings } from "../add-settings.ts";
import type { AddedItem } from "../add-tally.ts";

/** What is said about a file that stays where it lies. */
export interface FileInPlace {
  /** What is registered about it. */
  readonly meta: IngestMeta;
  /** What the caller asked for. */
  readonly settings: AddSettings;
  /** Tells under which URI it is registered. */
  readonly names: CanonicalNames;
  /** A new row for it is made only while it has none. */
  readonly isNew: boolean;
  /** Ends it before its row is written. */
  readonly signal: AbortSignal | undefined;
  /** The last tombstone that a run over many files knew. @default somebody wants just this file */
  readonly notRemovedAfter?: number | undefined;
}

/** Registers a file where it lies; storage is not touched. @throws {CatalogError} CONFLICT when it changes meanwhile */
export async function registerInPlace(
  context: PlacingContext & { readonly sql: SqlEngine },
  path: string,
  about: FileInPlace,
): Promise<AddedItem> {
  const { meta, names } = about;
  try {
    await refuseOwn(context, path);
    return await untilRegistered(meta.artifactId, async () => {
      const leases = await FileLeases.acquire({ ...context, names }, [path]);
      try {
        return await tryToRegister(context, path, { ...about, leases });
      } finally {
        await leases.release();
      }
    });
  } catch (error) {
    throw asCatalogError(error, { verb: "read", path });
  }
}

/** Looks at the file, which has a lease in the root, and registers it as long as that is there. */
async function tryToRegister(
  context: PlacingContext & { readonly sql: SqlEngine },
  path: string,
  about: FileInPlace & { readonly leases: FileLeases },
): Promise<AddedItem | undefined> {
  const { meta, names, signal, leases } = about;
  const kept = new KeptNames(context, names);
  const { bytes, sha256 } = await measure(context, path, { kept, signal });
  const contentType = meta.contentType ?? (await sniffFile(context, path, kept));
  // Under the root it is the one that the root lists, so that a collector finds its row.
  const { uri: storageUri } = await names.locatePath(path);
  const found = { contentType, bytes, sha256, storageUri };
  return register(context, path, { ...about, lease: leases.find(storageUri), found });
}

async function register(
  context: PlacingContext & { readonly sql: SqlEngine },
  path: string,
  about: FileInPlace & {
    readonly lease: Lease | undefined;
    readonly found: Pick<Registration, "contentType" | "bytes" | "sha256" | "storageUri">;
  },
): Promise<AddedItem | undefined> {
  const { meta, names, isNew, lease, signal, found, notRemovedAfter: removedAfter } = about;
  const { onChange } = about.settings;
  const now = formatTimestamp(context.clock.now());
  const registration = parseRegistration({ ...meta, ...found }, now);
  const hashOf: HashOf = (uri, size) => hashStored(context, uri, { bytes: size, signal });
  const how = { onChange, proof: "place", hashOf, names, inPlace: "all", removedAfter } as const;
  const source = { path, variant: null, lease: lease?.id };
  const isSwept = removedAfter !== undefined;
  const ending = isSwept ? undefined : await findEndingTombstones(context.sql, registration, path);
  const second = isNew ? [deleteSecondRow(registration, source)] : [];
  const facts = [...second, insertSource(registration, source), ...(ending?.statements ?? [])];
  const item = { registration, variants: [], given: findGivenKey(meta), facts };
  const known = await findByKeys(context.sql, [registration]);
  const items = [{ ...item, place: { lease, lost: await findLost(context, item, known) } }];
  const [registered] = await registerLeased(context, items, { ...how, durable: true, now, records: true, signal });
  if (registered?.removedMeanwhile) throw removedMeanwhile(registration);
  const result = registered && withRemoval(toRegisterResult(registered), ending?.removedBefore);
  return result && { ...result, placement: "inPlace", bytes: found.bytes };
}

/** @throws {CatalogError} REFUSED for what belongs to a catalog in use */
async function refuseOwn(context: PlacingContext, path: string): Promise<void> {
  const stat = await context.fs.stat(path);
  const own = context.own ?? (await createOwnFiles(context));
  if (stat !== undefined) await own.refuse(path, stat, { verb: "add", transfer: "none" });
}

async function measure(
  context: PlacingContext,
  path: string,
  { kept, signal }: Pick<FileInPlace, "signal"> & { readonly kept: KeptNames },
): Promise<{ bytes: number; sha256: string | null }> {
  const options = { signal, isKept: () => kept.isKept(path) };
  if (context.settings.computeSha256) {
    const { sizeBytes, sha256 } = await hashStable(context, path, options);
    return { bytes: sizeBytes, sha256 };
  }
  const stat = await context.fs.lstat(path);
  if (stat?.kind === "file" && stat.sizeBytes > 0) {
    if (!(await kept.isContent(path, stat.sizeBytes))) throw unstable(path, KEPT_REASON);
    return { bytes: stat.sizeBytes, sha256: null };
  }
  // Only reading tells whether it is empty: procfs and the like say so of all files.
  if (stat?.kind === "file") return { bytes: (await hashStable(context, path, options)).sizeBytes, sha256: null };
  throw new CatalogError("NOT_FOUND", `Cannot add ${quote(path)}: it is no file any more`, {
    details: { what: "file", path },
  });
}

async function hashStable(
  context: PlacingContext,
  path: string,
  options: HashFileOptions,
): Promise<{ readonly sizeBytes: number; readonly sha256: Sha256 }> {
  const hashed = await hashFile(context, path, options);
  if (hashed.stable) return hashed;
  throw unstable(path, hashed.reason);
}

function unstable(path: string, reason: string): CatalogError<"CONFLICT"> {
  return new CatalogError("CONFLICT", `Cannot add ${quote(path)}: ${reason}`, {
    details: { reason },
    hint: "Wait until whoever writes it is done, and try again.",
  });
}

/** @throws {CatalogError} CONFLICT for what is not what was measured, but keeps its name for a moment */
async function sniffFile({ fs }: PlacingContext, path: string, kept: KeptNames): Promise<string | null> {
  const handle = await fs.open(path, "read");
  try {
    const head = new Uint8Array(SNIFF_BYTES);
    const count = await handle.read(head, 0);
    const { identity } = await handle.stat();
    if (await kept.isKept(path)) throw unstable(path, KEPT_REASON);
    if ((await fs.stat(path))?.identity !== identity) throw unstable(path, "another file took its place");
    return (await sniffContent(head.subarray(0, count)))?.contentType ?? null;
  } finally {
    await handle.close();
  }
}
