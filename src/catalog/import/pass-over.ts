import type { ParsedRegistration } from "../../core/document.ts";
import { findLocalPath } from "../../core/naming/canonical-uri.ts";
import { compareBytes } from "../../core/outcome.ts";
import type { CatalogContext } from "../context.ts";
import { hashStored } from "../files/hash-stored.ts";
import { selectDocumentByKey } from "../find/find-statements.ts";
import { documentFromRow } from "../records/rows.ts";
import { endingOf } from "../tombstones/find-tombstones.ts";
import type { OfferedContent } from "../tombstones/same-content.ts";
import type { Tombstone } from "../tombstones/tombstone.ts";
import { createItem, type NumberedOutcome, type PreparedOutcome, type PrepareScope } from "./prepare-outcome.ts";

/**
 * Passes outcomes over whose bytes were removed on purpose, under their key or in their file, unless a row has them all the
 * same: nothing is reported of them. With `bringBack` they are registered, and that ends. Of most outcomes that is known
 * without a look at anything.
 */
export async function passOverRemoved(
  context: CatalogContext,
  scope: PrepareScope,
  batch: { readonly outcomes: readonly NumberedOutcome[]; readonly prepared: readonly PreparedOutcome[] },
): Promise<readonly PreparedOutcome[]> {
  const { bringBack } = scope.settings;
  const results: PreparedOutcome[] = [];
  for (const [at, prepared] of batch.prepared.entries()) {
    const numbered = batch.outcomes[at];
    const registration = prepared.item?.registration ?? (numbered && findGone(scope, numbered, prepared));
    const tombstones = registration === undefined ? [] : await findRemoved(context, scope, registration);
    if (tombstones.length === 0) results.push(prepared);
    else if (bringBack) results.push(endTombstonesWith(prepared, tombstones));
    else results.push({ item: undefined, findings: [], removedBefore: registration });
  }
  return results;
}

/** What would be registered of a file that is gone, if there were nothing else to say about its line. */
export function findGone(
  scope: PrepareScope,
  { outcome }: NumberedOutcome,
  { findings }: Pick<PreparedOutcome, "findings">,
): ParsedRegistration | undefined {
  const { bytes, sha256 } = outcome;
  if (bytes === null || findings[0]?.kind !== "gone") return undefined;
  const path = scope.base.resolve(outcome.path);
  return createItem(scope, outcome, { path, uri: scope.names.uriOf(path), bytes, sha256, variants: [] }).registration;
}

/** What an outcome would bring back; nothing where a row has the bytes. */
export async function findRemoved(
  { sql, fs, hashers }: Pick<CatalogContext, "sql" | "fs" | "hashers">,
  { removed, settings, signal }: PrepareScope,
  registration: ParsedRegistration,
): Promise<readonly Tombstone[]> {
  const { storageUri, bytes, sha256 } = registration;
  if (!removed.mayHave(registration, storageUri)) return [];
  const path = findLocalPath(storageUri);
  const isRead = settings.hash !== "none";
  const offered: OfferedContent = {
    ...{ key: registration, path, bytes, sha256 },
    ...(isRead && {
      hash: () => hashStored({ fs, hashers }, storageUri, { bytes, signal }),
      modifiedMs: async () => (path === undefined ? undefined : (await fs.stat(path))?.modifiedMs),
    }),
  };
  const tombstones = await removed.find(offered);
  if (tombstones.length === 0) return [];
  const [row] = await sql.query(selectDocumentByKey(registration));
  return row !== undefined && hasBytes(documentFromRow(row), registration) ? [] : tombstones;
}

function hasBytes(
  record: Pick<ParsedRegistration, "bytes" | "sha256" | "storageUri">,
  offered: Pick<ParsedRegistration, "bytes" | "sha256" | "storageUri">,
): boolean {
  const comparison = compareBytes(record, offered);
  return comparison === "same" || (comparison === "unknown" && record.storageUri === offered.storageUri);
}

/** An outcome that ends tombstones when its row is there. */
function endTombstonesWith(prepared: PreparedOutcome, tombstones: readonly Tombstone[]): PreparedOutcome {
  const { item } = prepared;
  if (item === undefined) return prepared;
  const { statements } = endingOf(tombstones, item.registration);
  return { ...prepared, item: { ...item, facts: [...(item.facts ?? []), ...statements] } };
}
