import type { DocumentRecord, ParsedRegistration, ParsedVariant, VariantRecord } from "../../core/document.ts";
import { compareBytes, type OfferedBytes } from "../../core/outcome.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { selectDocumentByKey } from "../find/find-statements.ts";
import { deleteVerification } from "../ledger/ledger-statements.ts";
import { documentFromRow, variantFromRow } from "../records/rows.ts";
import { selectVariantByKey } from "../variants/variants-statements.ts";
import type { RegisterItem } from "./register.ts";
import { setDocumentHash, setVariantHash } from "./register-statements.ts";

/**
 * The hash of what is at a place, if that has so many bytes; `undefined` for what is not there, has another size, or
 * cannot be read.
 */
export type HashOf = (uri: StorageUri, bytes: number) => Promise<Sha256 | undefined>;

/** What learning hashes works with. */
export interface LearnOptions {
  /** Hashes what a row names; without it nothing is learnt. */
  readonly hashOf?: HashOf | undefined;
  /** When the row changes. */
  readonly now: Timestamp;
}

/** A row that may lack its hash. */
export type KnownRow =
  | { readonly table: "documents"; readonly record: DocumentRecord }
  | { readonly table: "variants"; readonly record: VariantRecord };

/** The row with the hash of the blob that it names, read if it has `bytes` bytes. Without one it could not be read. */
export async function learnRowHash<Row extends KnownRow>(
  sql: SqlEngine,
  row: Row,
  { hashOf, now, bytes }: LearnOptions & { readonly bytes: number },
): Promise<Row> {
  const { record } = row;
  if (record.sha256 !== null) return row;
  const sha256 = await hashOf?.(record.storageUri, bytes);
  if (sha256 === undefined) return row;
  const hashed = { id: record.id, storageUri: record.storageUri, bytes, sha256 };
  const setHash = row.table === "documents" ? setDocumentHash(hashed, now) : setVariantHash(hashed);
  // Without a hash nothing was compared but its size.
  await sql.batch([setHash, deleteVerification(record.storageUri)], { durable: false });
  return { ...row, record: Object.freeze({ ...record, bytes, sha256 }) };
}

/** An item with the hashes that are needed to compare it with the rows that have its key; theirs are written to them. */
export async function learnItemHashes(
  { sql }: { readonly sql: SqlEngine },
  item: RegisterItem,
  options: LearnOptions,
): Promise<RegisterItem> {
  const { registration } = item;
  const learn = createLearner(sql, options);
  const [row] = await sql.query(selectDocumentByKey(registration), { byKey: true });
  const document = await learn(registration, row && { table: "documents", record: documentFromRow(row) });
  const variants: ParsedVariant[] = [];
  for (const variant of item.variants) {
    const [found] = await sql.query(selectVariantByKey(registration, variant.variant), { byKey: true });
    variants.push(await learn(variant, found && { table: "variants", record: variantFromRow(found) }));
  }
  return { registration: document, variants };
}

type Offered = OfferedBytes & Pick<ParsedRegistration, "storageUri">;

function createLearner(
  sql: SqlEngine,
  options: LearnOptions,
): <Item extends Offered>(offered: Item, row: KnownRow | undefined) => Promise<Item> {
  return async (offered, row) => {
    if (row === undefined || offered.bytes === null || compareBytes(row.record, offered) !== "unknown") return offered;
    const { bytes, storageUri } = offered;
    const isOnePlace = row.record.storageUri === storageUri;
    // One file, of which nothing is known on one side: there is nothing to compare, or the row only lacks its hash.
    if (isOnePlace && row.record.sha256 === null) return offered;
    if (!isOnePlace) await learnRowHash(sql, row, { ...options, bytes });
    const sha256 = offered.sha256 ?? (await options.hashOf?.(storageUri, bytes)) ?? null;
    return { ...offered, sha256 };
  };
}
