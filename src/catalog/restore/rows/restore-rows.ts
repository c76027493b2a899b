import type { DocumentRecord, VariantRecord } from "../../../core/document.ts";
import { quote } from "../../../core/messages/quote.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import { formatTimestamp } from "../../../core/timestamp.ts";
import { CatalogError } from "../../../errors.ts";
import { selectDocumentById, selectDocumentByKey } from "../../find/find-statements.ts";
import { LEASE_ATTEMPTS, leaseLost } from "../../leases/until-registered.ts";
import { documentFromRow, variantFromRow } from "../../records/rows.ts";
import { selectVariants } from "../../variants/variants-statements.ts";
import { type BroughtBytes, bringBytes, type NotBrought } from "../bytes/bring-bytes.ts";
import { describeRow, findingOf } from "../describe-finding.ts";
import { RestoreClaims, type RestoreContext } from "../restore-context.ts";
import type { RestoreFinding } from "../restore-options.ts";
import { commitRows, type ReadyRow } from "./commit-rows.ts";
import type { RemovedRow, RemovedRows } from "./removed-rows.ts";

type Row = DocumentRecord | VariantRecord;

/** Brings a document back with its variants, or completes it with those that it lacks. What is there is left alone. */
export async function restoreRows(context: RestoreContext, rows: RemovedRows): Promise<void> {
  for (const line of rows.damaged) {
    const of = rows.id === 0 ? "a document without an id" : `document ${rows.id}`;
    const row = line.variant === null ? `a row of ${of}` : `variant ${quote(line.variant)} of ${of}`;
    const message = `Cannot restore ${row}: what is on record about it is not enough`;
    const about = { documentId: rows.id === 0 ? null : rows.id, variant: line.variant };
    context.tally.finding(findingOf({ kind: "damaged", message, uri: line.uri, ...about }));
  }
  if (rows.document === undefined) return;
  const key = rows.document.record;
  const fromTrash = new Set<StorageUri>();
  for (let attempt = 1; attempt <= LEASE_ATTEMPTS; attempt++) {
    const findings = await restoreOnce(context, { document: rows.document, variants: rows.variants }, fromTrash);
    if (findings === undefined) continue;
    for (const finding of findings) context.tally.finding(finding);
    return;
  }
  throw leaseLost(key.artifactId);
}

/** One attempt: what does not come back, or `undefined` if it has to be tried again. */
async function restoreOnce(
  context: RestoreContext,
  rows: { readonly document: RemovedRow<DocumentRecord>; readonly variants: readonly RemovedRow<VariantRecord>[] },
  fromTrash: Set<StorageUri>,
): Promise<readonly RestoreFinding[] | undefined> {
  const { record } = rows.document;
  const there = await findThere(context, record);
  if ("finding" in there) {
    for (const row of [rows.document, ...rows.variants]) context.handled.add((await bytesOf(context, row)).place.uri);
    return [there.finding];
  }
  const missing = rows.variants.filter((each) => !there.variants.has(each.record.variant));
  const wanted: readonly RemovedRow<Row>[] = there.isThere ? missing : [rows.document, ...missing];
  if (wanted.length === 0) return [];
  const claims = new RestoreClaims(context);
  try {
    const bytes = await Promise.all(wanted.map((row) => bytesOf(context, row)));
    for (const { place } of bytes) context.handled.add(place.uri);
    await claims.add(bytes);
    const ready: ReadyRow[] = [];
    const findings: RestoreFinding[] = [];
    for (const [at, row] of wanted.entries()) {
      const sought = bytes[at];
      if (sought === undefined) continue;
      const brought = await bringBytes(context, claims, sought);
      if (brought === "overtaken") return undefined;
      if (typeof brought === "string") {
        findings.push(notBrought(row.record, { brought, documentId: record.id }));
        // Without its bytes there is no document, and no variant without that.
        if (row === rows.document) return findings;
        continue;
      }
      if (brought.from === "trash") fromTrash.add(brought.place.uri);
      ready.push({ row, brought, wanted: sought, record: recordOf(context, row.record, brought) });
    }
    return (await commitRows(context, { claims, ready, document: record, fromTrash })) ? findings : undefined;
  } finally {
    await claims.release();
  }
}

/** Whether the document is there, and which of its variants are. */
async function findThere(
  { sql }: RestoreContext,
  record: DocumentRecord,
): Promise<
  { readonly isThere: boolean; readonly variants: ReadonlySet<string> } | { readonly finding: RestoreFinding }
> {
  const [same] = await sql.query(selectDocumentByKey(record));
  const existing = same && documentFromRow(same);
  if (existing?.id === record.id) {
    const variants = (await sql.query(selectVariants(record.id))).map(variantFromRow);
    return { isThere: true, variants: new Set(variants.map(({ variant }) => variant)) };
  }
  if (existing !== undefined) {
    const message = `Cannot restore ${describeRow(record)}: document ${existing.id} has its artifact id, source URL and resolver`;
    const about = { kind: "exists", message, uri: record.storageUri, documentId: record.id } as const;
    return { finding: findingOf({ ...about, existingId: existing.id }) };
  }
  const [other] = await sql.query(selectDocumentById(record.id));
  if (other !== undefined) throw idTaken(record, documentFromRow(other));
  return { isThere: false, variants: new Set() };
}

async function bytesOf(
  { names }: RestoreContext,
  { record, origin }: RemovedRow<Row>,
): Promise<Parameters<typeof bringBytes>[2]> {
  const place = await names.locate(record.storageUri);
  const { sha256, bytes } = record;
  return { place, sha256, bytes, hash: sha256 ?? undefined, origin };
}

/** A row as it comes back: what changed is the time, and its place where others have that by now. */
function recordOf({ clock }: RestoreContext, record: Row, { place }: BroughtBytes): Row {
  const { uri: storageUri } = place;
  return "variant" in record
    ? { ...record, storageUri }
    : { ...record, storageUri, updatedAt: formatTimestamp(clock.now()) };
}

function notBrought(
  record: Row,
  { brought, documentId }: { readonly brought: Exclude<NotBrought, "overtaken">; readonly documentId: number },
): RestoreFinding {
  const isHeld = brought === "held";
  const why = isHeld
    ? "a collector has them, and decides about them at this moment"
    : "they are neither there nor in the trash, or cannot be read";
  return findingOf({
    kind: isHeld ? "held" : "no_bytes",
    message: `Cannot restore ${describeRow(record)}: its bytes were at ${quote(record.storageUri, 1000)}, and ${why}`,
    uri: record.storageUri,
    documentId,
    variant: "variant" in record ? record.variant : null,
  });
}

function idTaken(record: DocumentRecord, other: DocumentRecord): CatalogError<"CONFLICT"> {
  const reason = `${quote(other.artifactId)} has its id, which is given only once`;
  return new CatalogError("CONFLICT", `Cannot restore ${describeRow(record)}: ${reason}`, {
    details: { reason },
    hint: "Another tool has given the id. Correct the row with the sqlite3 shell.",
  });
}
