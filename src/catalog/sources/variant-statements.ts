import type { DocumentRecord, ParsedRegistration, VariantRecord } from "../../core/document.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlResult, SqlStatement } from "../../ports/sql.ts";
import { type Condition, whileLeased } from "../leases/lease-statements.ts";
import { leavePlace } from "../ledger/row-changes.ts";
import { originColumn, type RootNames } from "../origins/origin-statements.ts";
import { keepsPinnedVariant } from "../pins/pins-statements.ts";
import { statement } from "../records/columns.ts";
import type { Leased } from "../register/register-statements.ts";

/** A variant that takes other bytes. */
export interface VariantReplacement extends Leased, RootNames {
  /** Its document. */
  readonly record: DocumentRecord;
  /** As it was. */
  readonly variant: VariantRecord;
  /** What it takes. */
  readonly bytes: Pick<ParsedRegistration, "storageUri" | "bytes" | "contentType" | "sha256">;
  /** When it changes. */
  readonly now: Timestamp;
}

/**
 * Gives a variant other bytes, if it is still as it was read and no pin holds it, and records what it had. Of the results
 * {@link tookOtherBytes} tells whether it did.
 */
export function takeOtherBytes(replacement: VariantReplacement): readonly SqlStatement[] {
  const { variant, now } = replacement;
  return [
    recordVariantReplacement(replacement),
    forgetReplacedVariant(replacement),
    replaceVariant(replacement),
    ...leavePlace(variant.storageUri, { now, resolution: "replaced" }),
  ];
}

/** Whether the first of some results, those of {@link takeOtherBytes}, say that the variant has the other bytes now. */
export function tookOtherBytes(results: readonly SqlResult[]): boolean {
  return results[2]?.changes === 1;
}

/** True as long as a variant may take other bytes: a lease is there, and no pin holds what it has. */
function mayBeReplaced({ id }: VariantRecord, lease: string | undefined): Condition {
  const leased = whileLeased(lease);
  const unpinned = keepsPinnedVariant(id);
  return { sql: unpinned.sql + leased.sql, values: [...unpinned.values, ...leased.values] };
}

/** Records what a variant that is about to take other bytes had. */
function recordVariantReplacement(replacement: VariantReplacement): SqlStatement {
  const { record, variant, now, lease, casStart } = replacement;
  const free = mayBeReplaced(variant, lease);
  const { artifactId, sourceUrl, resolver } = record;
  const origin = originColumn({ table: "variants", where: "variants.id = ?", values: [variant.id], casStart });
  return statement(
    `INSERT INTO removals (uri, sha256, bytes, removed_at, verb, reason, record, variant, content_type, created_at, origin)
     SELECT storage_uri, sha256, bytes, ?, 'replace', 'registered again with other bytes', ?, variant, content_type,
       created_at, ${origin.sql}
     FROM variants WHERE id = ? AND storage_uri = ?${free.sql}`,
    now,
    JSON.stringify({ artifact_id: artifactId, source_url: sourceUrl, resolver, variant: variant.variant }),
    ...origin.values,
    variant.id,
    variant.storageUri,
    ...free.values,
  );
}

/** Forgets what was verified of the bytes that a variant is about to lose. */
function forgetReplacedVariant({ variant, lease }: VariantReplacement): SqlStatement {
  const free = mayBeReplaced(variant, lease);
  return statement(
    `DELETE FROM verifications WHERE uri = ? AND EXISTS (SELECT 1 FROM variants WHERE id = ? AND storage_uri = ?)${free.sql}`,
    ...[variant.storageUri, variant.id, variant.storageUri, ...free.values],
  );
}

/** Gives a variant other bytes, if it is still as it was read. */
function replaceVariant({ variant, bytes, lease }: VariantReplacement): SqlStatement {
  const free = mayBeReplaced(variant, lease);
  return statement(
    `UPDATE variants SET storage_uri = ?, bytes = ?, content_type = ?, sha256 = ?
     WHERE id = ? AND storage_uri = ?${free.sql}`,
    bytes.storageUri,
    bytes.bytes,
    bytes.contentType,
    bytes.sha256,
    variant.id,
    variant.storageUri,
    ...free.values,
  );
}
