import type { Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import { isTimestamp, type Timestamp } from "../../core/timestamp.ts";
import { isCatalogError } from "../../errors.ts";
import type { BlobStat, BlobStore } from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import type { ProcessTable } from "../../ports/process.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import { hashOfCasName } from "../collect/find/claims-of-ours.ts";
import type { CanonicalNames, NamedPlace } from "../files/canonical-name.ts";
import { selectByPlace } from "../find/find-statements.ts";
import { parseHolder } from "../leases/lease-holder.ts";
import { findIncidents } from "../ledger/history/list-incidents.ts";
import { Ledger } from "../ledger/ledger.ts";
import { documentFromRow, variantFromRow } from "../records/rows.ts";
import { findRemovalsAt } from "../removals/find-removals.ts";
import type { TrashedBlob } from "../trash/trashed-blob.ts";
import type { BytesAt, KeepingCatalog, LeaseFact, PlaceExplanation, RemovalFact } from "./explanation.ts";
import { findPinsOf } from "./find-pins-of.ts";
import { findTrashOf } from "./find-trash-of.ts";
import { findOrphanFact } from "./orphan-fact.ts";
import { type AskedCatalog, askOthers, askOwn, canonicalTexts, type MembersOfRoot } from "./places-of-members.ts";
import { selectLeasesAt, selectReferences } from "./why-statements.ts";

/** What {@link explainPlaces} works with. */
export interface ExplainContext {
  /** The catalog that explains. */
  readonly sql: SqlEngine;
  /** Where files outside of the root are. */
  readonly fs: FileSystem;
  /** The root, if there is one. */
  readonly store: BlobStore | undefined;
  /** Gives the time. */
  readonly clock: Clock;
  /** Which holders of leases, and collectors, are gone. */
  readonly processes: ProcessTable;
  /** Tells which place a text means. */
  readonly names: CanonicalNames;
  /** The catalogs of the root. */
  readonly root: MembersOfRoot;
  /** For how long bytes must be unreferenced, in days. */
  readonly orphanTtlDays: number;
}

/** What is known about places. */
export interface ExplainedPlaces {
  /** Each place, and whether any catalog knows it, or ever did. */
  readonly places: readonly { readonly place: PlaceExplanation; readonly isKnown: boolean }[];
  /** What happened there. */
  readonly removals: readonly RemovalFact[];
}

/** What of a place is found for all places at once. */
interface Found {
  readonly leases: readonly LeaseFact[];
  readonly trash: ReadonlyMap<StorageUri, readonly TrashedBlob[]>;
  readonly removed: ReadonlyMap<StorageUri, readonly RemovalFact[]>;
  readonly own: AskedCatalog;
  readonly others: readonly AskedCatalog[];
}

/** Explains places: what names them, where their bytes are, what will become of these, and what happened there. */
export async function explainPlaces(
  context: ExplainContext,
  places: readonly NamedPlace[],
  options: CallOptions,
): Promise<ExplainedPlaces> {
  const own = await askOwn(context, places, options);
  const others = await askOthers(context, { root: context.root, places }, options);
  const leases: LeaseFact[] = [];
  const removals: RemovalFact[] = [];
  const removed = new Map<StorageUri, RemovalFact[]>();
  for (const catalog of [own, ...others]) {
    leases.push(...(await listLeases(context, catalog, options)));
    const canonical = canonicalTexts(catalog);
    for (const record of await findRemovalsAt(catalog.sql, [...canonical.keys()], options)) {
      const place = canonical.get(record.uri) ?? record.uri;
      const fact = { ...record, catalogId: catalog.id, place };
      removed.set(place, [...(removed.get(place) ?? []), fact]);
      removals.push(fact);
    }
  }
  const trash = await findTrashOf(context, { places, catalogs: [own, ...others] }, options);
  const explained: { readonly place: PlaceExplanation; readonly isKnown: boolean }[] = [];
  for (const place of places) {
    options.signal?.throwIfAborted();
    explained.push(await explainPlace(context, place, { leases, trash, removed, own, others }));
  }
  return { places: explained, removals };
}

async function explainPlace(
  context: ExplainContext,
  place: NamedPlace,
  found: Found,
): Promise<ExplainedPlaces["places"][number]> {
  const { sql } = context;
  const { uri, key, path = null } = place;
  const texts = found.own.texts.get(uri) ?? [uri];
  const documents = (await sql.query(selectByPlace("documents", texts))).map(documentFromRow);
  const variants = (await sql.query(selectByPlace("variants", texts))).map(variantFromRow);
  const keptBy = await listKeeping(found.others, uri);
  const leases = found.leases.filter((lease) => lease.uri === uri);
  const trash = found.trash.get(uri) ?? [];
  const { verified, incidents } = await findVerified(context, texts as StorageUri[]);
  const { bytesAt, stat } = await lookAt(context, place);
  const hashes = hashesOf(place, [...documents, ...variants, ...(found.removed.get(uri) ?? [])]);
  const about = { uri, hashes, documents, variants };
  const pins = await findPinsOf({ sql, catalogs: [found.own, ...found.others] }, about);
  const isReferred = documents.length + variants.length + keptBy.length + leases.length + pins.length > 0;
  const isOrphan = !isReferred && key !== undefined && bytesAt === "stored" && stat !== undefined;
  const { members } = context.root;
  const orphan = isOrphan ? await findOrphanFact({ ...context, members }, { uri, key, stat }) : null;
  const where = { uri, path, bytesAt, bytes: stat?.sizeBytes ?? null };
  return {
    place: { ...where, documents, variants, leases, pins, keptBy, verified, incidents, trash, orphan },
    isKnown: isReferred || incidents.length + trash.length > 0 || found.removed.has(uri) || (orphan?.isOurs ?? false),
  };
}

/** What the bytes of a place hash to, by its name and by any record. */
function hashesOf({ key }: NamedPlace, records: readonly { readonly sha256: Sha256 | null }[]): readonly Sha256[] {
  const named = key === undefined ? undefined : hashOfCasName(key);
  const all = [named, ...records.map(({ sha256 }) => sha256)].filter((each) => each != null);
  return [...new Set(all)];
}

/** What was verified of a place, by whatever text rows name it: the last time counts. */
async function findVerified(
  { sql, clock }: Pick<ExplainContext, "sql" | "clock">,
  texts: readonly StorageUri[],
): Promise<Pick<PlaceExplanation, "verified" | "incidents">> {
  const entries = [...(await new Ledger({ sql, clock }).findMany(texts)).values()];
  const last = entries.sort((one, other) => (one.checkedAt < other.checkedAt ? 1 : -1))[0];
  return { verified: last ?? null, incidents: await findIncidents(sql, texts, {}) };
}

async function listKeeping(others: readonly AskedCatalog[], uri: StorageUri): Promise<readonly KeepingCatalog[]> {
  const keeping: KeepingCatalog[] = [];
  for (const { id, path, sql, texts } of others) {
    const [[documents, variants] = []] = await sql.query(selectReferences(texts.get(uri) ?? []), { fresh: true });
    const counts = { documents: Number(documents ?? 0), variants: Number(variants ?? 0) };
    if (id !== null && counts.documents + counts.variants > 0) {
      keeping.push({ catalogId: id, catalogPath: path, ...counts });
    }
  }
  return keeping;
}

async function listLeases(
  { processes }: Pick<ExplainContext, "processes">,
  catalog: AskedCatalog,
  options: CallOptions,
): Promise<readonly LeaseFact[]> {
  const canonical = canonicalTexts(catalog);
  const leases: LeaseFact[] = [];
  for (const text of canonical.keys()) {
    for (const [uri, origin, holder, takenAt, expiresAt] of await catalog.sql.query(selectLeasesAt([text]), options)) {
      const identity = parseHolder(holder);
      leases.push({
        uri: canonical.get(String(uri)) ?? (String(uri) as StorageUri),
        catalogId: catalog.id,
        origin: String(origin),
        holder: identity,
        holderIsAlive: (identity && processes.isAlive(identity)) ?? null,
        takenAt: timeOf(takenAt),
        expiresAt: timeOf(expiresAt),
      });
    }
  }
  return leases;
}

function timeOf(value: unknown): Timestamp {
  return isTimestamp(value) ? value : ("" as Timestamp);
}

async function lookAt(
  { fs, store }: Pick<ExplainContext, "fs" | "store">,
  { key, path }: NamedPlace,
): Promise<{ readonly bytesAt: BytesAt; readonly stat?: BlobStat | undefined }> {
  try {
    if (store !== undefined && key !== undefined) {
      const stat = await store.stat(key);
      if (stat !== undefined) return { bytesAt: "stored", stat };
      return { bytesAt: (await store.isKept(key)) ? "held" : "missing" };
    }
    if (path === undefined) return { bytesAt: "unknown" };
    const stat = await fs.stat(path);
    return stat?.kind === "file" ? { bytesAt: "elsewhere", stat } : { bytesAt: "missing" };
  } catch (error) {
    // What stands in the way is nothing of ours, or nobody may look there.
    if (isCatalogError(error) && error.code !== "REFUSED" && error.code !== "PERMISSION") throw error;
    return { bytesAt: isCatalogError(error, "REFUSED") ? "missing" : "unknown" };
  }
}
