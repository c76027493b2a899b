import { baseName } from "../../../core/path.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import { formatTimestamp } from "../../../core/timestamp.ts";
import { getById } from "../../find/find.ts";
import { describeContent } from "../../ingest/store-content.ts";
import { untilRegistered } from "../../leases/until-registered.ts";
import { placeContent } from "../../placing/place-content.ts";
import type { StagedContent } from "../../placing/stage-content.ts";
import { selectDocumentsAt } from "../../quarantine/quarantine-statements.ts";
import { takeInRows } from "../../sources/sources-statements.ts";
import type { BadBlob } from "../bad-blob.ts";
import type { RepairContext } from "../repair-context.ts";

/**
 * Gives the bytes of a blob that lies elsewhere a place in the root, and has all rows that name it name that, in one batch
 * with what was known about the old one. Nothing is written where it lies. Gives the new place.
 */
export async function placeIntoRoot(
  context: RepairContext,
  blob: BadBlob,
  content: StagedContent,
): Promise<StorageUri> {
  const described = await describeBlob(context, blob, content);
  await context.root.enter();
  return untilRegistered(described.document.artifactId, async () => {
    const placed = await placeContent(context, { content, ...described, isLast: false });
    try {
      return (await repoint(context, { blob, content, to: placed.uri, lease: placed.lease })) ? placed.uri : undefined;
    } finally {
      await placed.lease.release();
    }
  });
}

/** Has rows name the new place; `false` if its lease was gone by then. */
async function repoint(
  { sql, clock }: RepairContext,
  move: {
    readonly blob: BadBlob;
    readonly content: StagedContent;
    readonly to: StorageUri;
    readonly lease: Awaited<ReturnType<typeof placeContent>>["lease"];
  },
): Promise<boolean> {
  const { blob, content, to, lease } = move;
  const now = formatTimestamp(clock.now());
  const { uri: from, sha256, path } = blob;
  const { bytes } = content;
  const results = await sql.batch([
    ...takeInRows({ path, from, to, sha256, bytes, now, lease: lease.id }),
    ...lease.ending(),
  ]);
  lease.end();
  return results.at(-1)?.changes === 1;
}

/** How the bytes will be named: as those of the first document that has them, itself or as a variant. */
async function describeBlob(
  context: RepairContext,
  { path, uri }: BadBlob,
  content: StagedContent,
): Promise<Pick<Parameters<typeof placeContent>[1], "document" | "basename" | "sniffedExtension">> {
  const [row] = await context.sql.query(selectDocumentsAt(uri, 1));
  const record = await getById(context, Number(row?.[0]), {});
  const { document, sniffed } = await describeContent(context, { document: record }, { content, declaredType: null });
  return { document, basename: baseName(path), sniffedExtension: sniffed?.extension };
}
