import type { ParsedRegistration } from "../../core/document.ts";
import type { BlobKey } from "../../core/naming/blob-key.ts";
import { changedVariant, type OnChange } from "../../core/outcome.ts";
import { decodePathOfUri, type StorageUri } from "../../core/storage-uri.ts";
import { hashStored } from "../files/hash-stored.ts";
import { acquireLease, type Lease } from "../leases/lease.ts";
import { compareContent, withHash } from "../placing/compare-content.ts";
import { findBlob } from "../placing/find-blob.ts";
import { findDamage, requiresReading } from "../placing/find-damage.ts";
import { type PlacedContent, placeContent } from "../placing/place-content.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import type { StagedContent } from "../placing/stage-content.ts";
import { variantFromRow } from "../records/rows.ts";
import type { KnownRow } from "../register/learn-hashes.ts";
import { countDamage } from "../telemetry/count-damage.ts";
import { selectVariantByKey } from "../variants/variants-statements.ts";
import type { SniffedContent } from "./sniff-content.ts";

/** Staged bytes that are to get their place, or have it. */
export interface PlacementRequest {
  /** The bytes, staged. */
  readonly content: StagedContent;
  /** What is registered; its URI is that of nothing yet. */
  readonly document: ParsedRegistration;
  /** The name for people that the caller gave. */
  readonly basename: string | undefined;
  /** What the first bytes tell; `undefined` where nobody asked. */
  readonly sniffed: SniffedContent | undefined;
  /** The row that has the key. */
  readonly row: KnownRow | undefined;
  /** What is done when the row has other bytes. */
  readonly onChange: OnChange;
  /** The bytes are gone afterwards from where they came, so that a hit has to be proven by reading it. */
  readonly isLast: boolean;
  /** URIs by which rows name the file itself that the bytes come from: what lies there is not stored. */
  readonly lying?: ReadonlySet<string> | undefined;
  /** Ends it before the bytes have their place. */
  readonly signal?: AbortSignal | undefined;
}

/** Bytes that have their place, or are not to have one. */
export interface PlacementResult {
  /** The bytes, with the hash that comparing took. */
  readonly content: StagedContent;
  /** As it is to be registered. */
  readonly document: ParsedRegistration;
  /** The row of the key, with the hash of its blob if that had to be read. */
  readonly row: KnownRow | undefined;
  /** `undefined`: they were not placed, as the row keeps others. */
  readonly found: FoundContent | undefined;
  /** Where the row that has these bytes says they are, while they are not there or damaged. */
  readonly lost: StorageUri | undefined;
}

/** Where bytes were before, or now are. */
export type FoundContent = Omit<PlacedContent, "lease"> & {
  /** Missing where nobody collects: outside of the root. */
  readonly lease?: Lease | undefined;
};

/** Finds out whether a row has the bytes already, and gives them a place unless that has them, or keeps others. */
export async function findOrPlace(context: PlacingContext, request: PlacementRequest): Promise<PlacementResult> {
  const { row, content, owner } = await findOwner(context, request);
  const document = { ...request.document, sha256: content.sha256, bytes: content.bytes };
  if (owner === "nobody's") return { content, document, row, found: undefined, lost: undefined };
  const isStored = owner !== undefined && request.lying?.has(owner.storageUri) !== true;
  const reused = isStored ? await findIntact(context, owner, { content, isLast: request.isLast }) : undefined;
  if (request.signal?.aborted) await reused?.lease?.release();
  request.signal?.throwIfAborted();
  // From here on the signal is not looked at any more: bytes that have their place should get their row.
  const { basename, sniffed, isLast } = request;
  const found = reused ?? (await placeAnew(context, { basename, document, content, sniffed, isLast }));
  const lost = reused === undefined ? owner?.storageUri : undefined;
  return { content, document: { ...document, storageUri: found.uri }, row, found, lost };
}

/** The record that has these bytes; `undefined` if they are new, `nobody's` if they get no row as it keeps others. */
async function findOwner(
  context: PlacingContext,
  { content, document, row, onChange }: PlacementRequest,
): Promise<{
  readonly content: StagedContent;
  readonly row: KnownRow | undefined;
  readonly owner: KnownRow["record"] | "nobody's" | undefined;
}> {
  if (row === undefined) return { content, row, owner: undefined };
  const compared = await compareContent(context, content, row);
  if (compared.isSame) return { content: compared.content, row: compared.row, owner: compared.row.record };
  if (onChange !== "variant") return { ...compared, owner: onChange === "keep" ? "nobody's" : undefined };
  // A variant is named after its hash: without one, two of the same size would share a name.
  const named = await withHash(context, compared.content, document.artifactId);
  const name = changedVariant({ ...document, sha256: named.sha256, bytes: named.bytes }).variant;
  const [found] = (await context.sql?.query(selectVariantByKey(document, name))) ?? [];
  if (found === undefined) return { content: named, row: compared.row, owner: undefined };
  const filed = { table: "variants", record: variantFromRow(found) } as const;
  const { isSame, row: known } = await compareContent(context, named, filed);
  return { content: named, row: compared.row, owner: isSame ? known.record : "nobody's" };
}

/** A look at the blob of a row. */
export interface IntactLook {
  /** What it should be. */
  readonly content: Pick<StagedContent, "bytes" | "sha256">;
  /** The bytes are gone afterwards from where they came. */
  readonly isLast: boolean;
}

/**
 * The blob of a row that has these bytes already, if it is there and as it should be. Others may remove the row, and
 * collect the blob, so it has a lease before it is looked at.
 */
export async function findIntact(
  context: PlacingContext,
  record: { readonly storageUri: StorageUri },
  look: IntactLook,
): Promise<FoundContent | undefined> {
  const uri = record.storageUri;
  const key = context.store.findKey(uri);
  const found = { uri, placement: "dedup", key } as const;
  if (key === undefined) return (await isThere(context, uri, look)) ? found : undefined;
  const { bytes, sha256 } = look.content;
  // The row of a catalog of before may name it by another text than those who list the root.
  const listed = context.store.uriOf(await context.store.canonicalKey(key));
  const lease = await acquireLease(context.leases, { uri: listed, origin: "registered", sha256, bytes });
  try {
    if (await isIntact(context, key, look)) return { ...found, lease };
  } catch (error) {
    await lease.release();
    throw error;
  }
  await lease.release();
  return undefined;
}

async function isIntact(context: PlacingContext, key: BlobKey, { content, isLast }: IntactLook): Promise<boolean> {
  const { store } = context;
  const stat = await findBlob(context, key);
  if (stat === undefined) {
    countDamage(context, { uri: store.uriOf(key), reason: "missing" }, undefined);
    return false;
  }
  const thorough = await requiresReading(context, store.uriOf(key), isLast);
  const look = { key, found: stat, content, thorough };
  const damage = await findDamage(context, look);
  // An empty file is what a process that died left where there are no links.
  if (damage !== undefined && stat.sizeBytes > 0) countDamage(context, damage, stat);
  if (damage !== undefined) return false;
  await store.syncName(key);
  return true;
}

/** Whether bytes that are registered where they lie are there; more than their size only if it matters. */
async function isThere(
  context: PlacingContext,
  uri: StorageUri,
  { content, isLast }: { readonly content: Pick<StagedContent, "bytes" | "sha256">; readonly isLast: boolean },
): Promise<boolean> {
  const { bytes, sha256 } = content;
  if (isLast && sha256 !== null) return (await hashStored(context, uri, { bytes })) === sha256;
  const path = decodePathOfUri(uri);
  const stat = path === undefined ? undefined : await context.fs.stat(path);
  return stat?.kind === "file" && stat.sizeBytes === bytes;
}

/** Gives bytes a place that no row names yet. */
async function placeAnew(
  context: PlacingContext,
  facts: Pick<PlacementRequest, "basename" | "document" | "content" | "sniffed" | "isLast">,
): Promise<PlacedContent> {
  const { basename, document, content, sniffed, isLast } = facts;
  await context.root?.enter();
  return placeContent(context, { content, document, basename, sniffedExtension: sniffed?.extension, isLast });
}
