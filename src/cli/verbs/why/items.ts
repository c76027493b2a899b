import type { Incident } from "../../../catalog/ledger/history/incident.ts";
import type { LedgerEntry } from "../../../catalog/ledger/ledger-entry.ts";
import type { Tombstone } from "../../../catalog/tombstones/tombstone.ts";
import type { TrashedBlob } from "../../../catalog/trash/trashed-blob.ts";
import type { LeaseFact, PlaceExplanation, RemovalFact } from "../../../catalog/why/explanation.ts";
import type { JsonFields, JsonItem } from "../../output/part.ts";

/** The JSON line of a place. */
export function placeItem(place: PlaceExplanation): JsonItem {
  const { uri, path, bytesAt, bytes, documents, variants, leases, pins, keptBy, trash, orphan } = place;
  const { verified, incidents } = place;
  return {
    type: "place",
    uri,
    path,
    bytes_at: bytesAt,
    bytes,
    documents: documents.map(({ id }) => id),
    variants: variants.map(({ id }) => id),
    leases: leases.map(leaseFields),
    pins: pins.map(({ catalogId, kind, target }) => ({ catalog_id: catalogId, kind, target })),
    kept_by: keptBy.map((kept) => ({
      catalog_id: kept.catalogId,
      catalog_path: kept.catalogPath,
      documents: kept.documents,
      variants: kept.variants,
    })),
    verified: verified && verifiedFields(verified),
    incidents: incidents.map(incidentFields),
    trash: trash.map(trashFields),
    orphan: orphan && { is_ours: orphan.isOurs, since: orphan.since, ripe_at: orphan.ripeAt },
  };
}

function leaseFields({ catalogId, origin, holder, holderIsAlive, takenAt, expiresAt }: LeaseFact): JsonFields {
  return {
    catalog_id: catalogId,
    origin,
    host: holder?.host ?? null,
    pid: holder?.pid ?? null,
    holder_is_alive: holderIsAlive,
    taken_at: takenAt,
    expires_at: expiresAt,
  };
}

function trashFields({ run, kind, bytes, sha256, trashedAt, expiresAt, plan }: TrashedBlob): JsonFields {
  return { run, kind, bytes, sha256, trashed_at: trashedAt, expires_at: expiresAt, plan };
}

function verifiedFields({ result, reason, strength, actual, checkedAt, okAt, badSince }: LedgerEntry): JsonFields {
  return {
    ...{ result, reason, strength, actual_sha256: actual.sha256, actual_bytes: actual.bytes },
    ...{ checked_at: checkedAt, ok_at: okAt, bad_since: badSince },
  };
}

function incidentFields(incident: Incident): JsonFields {
  const { id, result, reason, expected, actual, foundAt, quarantine, resolvedAt, resolution } = incident;
  return {
    ...{ id, result, reason, expected_sha256: expected.sha256, expected_bytes: expected.bytes },
    ...{ actual_sha256: actual.sha256, actual_bytes: actual.bytes, found_at: foundAt, quarantine },
    ...{ resolved_at: resolvedAt, resolution },
  };
}

/** The JSON line of something that happened. */
export function removalItem(removal: RemovalFact): JsonItem {
  const { id, catalogId, uri, place, sha256, bytes, removedAt, verb, plan, reason, record, variant } = removal;
  return {
    type: "removal",
    id,
    catalog_id: catalogId,
    uri,
    place,
    sha256,
    bytes,
    removed_at: removedAt,
    verb,
    plan,
    reason,
    document_id: idOf(record?.["id"]),
    artifact_id: textOf(record?.["artifact_id"]),
    source_url: textOf(record?.["source_url"]),
    resolver: textOf(record?.["resolver"]),
    variant,
    content_type: removal.contentType,
    created_at: removal.createdAt,
    origin: removal.origin,
  };
}

/** The JSON line of what was removed on purpose. */
export function tombstoneItem(tombstone: Tombstone): JsonItem {
  const { id, artifactId, sourceUrl, resolver, sha256, bytes, removedAt, verb, operationId, reason, paths } = tombstone;
  return {
    type: "tombstone",
    ...{ id, artifact_id: artifactId, source_url: sourceUrl, resolver, sha256, bytes },
    ...{ removed_at: removedAt, verb, plan: operationId, reason, paths },
  };
}

function idOf(value: unknown): number | null {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : null;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
