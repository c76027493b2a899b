import { changedVariant } from "../../../core/outcome.ts";
import { getById } from "../../find/find.ts";
import { describeContent } from "../../ingest/store-content.ts";
import { unlessVariant } from "../../leases/lease-statements.ts";
import { untilRegistered } from "../../leases/until-registered.ts";
import { placeContent } from "../../placing/place-content.ts";
import type { StagedContent } from "../../placing/stage-content.ts";
import { insertVariantById, selectVariantByName } from "../../variants/variants-statements.ts";
import type { BadBlob } from "../bad-blob.ts";
import type { RepairContext } from "../repair-context.ts";
import type { KnownSource } from "./list-candidates.ts";

/** Other bytes than a blob should have, and where they came from. */
export interface DriftedBytes {
  /** The blob. */
  readonly blob: BadBlob;
  /** Whoever serves them. */
  readonly source: KnownSource;
  /** What it serves, staged. */
  readonly content: StagedContent;
}

/** Files what a source serves by now as a variant of its document, but not under the name of the blob. Gives its name. */
export async function keepDrifted(context: RepairContext, { blob, source, content }: DriftedBytes): Promise<string> {
  const { sql } = context;
  const record = await getById(context, source.documentId, {});
  const given = { ...record, contentType: null };
  const { document, sniffed } = await describeContent(context, { document: given }, { content, declaredType: null });
  const { variant } = changedVariant(document);
  const [known] = await sql.query(selectVariantByName(record.id, variant));
  if (known !== undefined) return variant;
  await context.root.enter();
  const about = { content, document, basename: undefined, sniffedExtension: sniffed?.extension, isLast: false };
  return untilRegistered(record.artifactId, async () => {
    const { uri, lease } = await placeContent(context, { ...about, avoid: blob.place.uri });
    try {
      const filed = changedVariant({ ...document, storageUri: uri });
      const ending = lease.ending(unlessVariant(record, filed));
      const results = await sql.batch([insertVariantById(record.id, filed, { lease: lease.id }), ...ending]);
      lease.end();
      return results.at(-1)?.changes === 1 ? variant : undefined;
    } finally {
      await lease.release();
    }
  });
}
