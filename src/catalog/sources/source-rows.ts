import type { DocumentKey, DocumentRecord, ParsedRegistration, VariantRecord } from "../../core/document.ts";
import { fileUriFromPath, type StorageUri } from "../../core/storage-uri.ts";
import { formatTimestamp, type Timestamp } from "../../core/timestamp.ts";
import { isCatalogError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { SqlEngine, SqlRow, SqlStatement } from "../../ports/sql.ts";
import type { CanonicalNames } from "../files/canonical-name.ts";
import { documentFromRow, isDocumentRow, variantFromRow } from "../records/rows.ts";
import { rewriteKey } from "../register/older-keys-statements.ts";
import type { Leased } from "../register/register-statements.ts";
import {
  deleteSecondRow,
  insertSource,
  type LocalFile,
  selectDocumentsOfFile,
  selectIsKnown,
  selectNames,
  selectVariantsOfFile,
  takeInRows,
} from "./sources-statements.ts";

/** A file that is to be stored, and how rows name it where it lies. */
export interface SourceFile extends LocalFile {
  /** The URIs by which rows name it: their bytes are in no store yet. */
  readonly names: ReadonlySet<string>;
  /** A new row for it is made only while it has none. @default false */
  readonly isNew?: boolean | undefined;
}

/** What the catalog knows of a file. */
export interface SourceRows {
  /** The file. */
  readonly file: SourceFile;
  /** Documents whose bytes came from it, or lie there, by id. */
  readonly documents: readonly DocumentRecord[];
  /** Variants, likewise. */
  readonly variants: readonly VariantRecord[];
}

/** What {@link findSourceRows} works with. */
export interface SourcesContext {
  /** Where the rows are. */
  readonly sql: SqlEngine;
  /** Gives the time of rows that change. */
  readonly clock: Clock;
}

/** What the catalog knows of the file at a real path. Damaged rows are none. */
export async function findSourceRows(
  context: SourcesContext,
  names: CanonicalNames,
  path: string,
): Promise<SourceRows> {
  const { sql } = context;
  const { uri } = await names.locatePath(path);
  const file = { path, uri };
  const sourceUrl = fileUriFromPath(path);
  const [[isKnown] = []] = await sql.query(selectIsKnown(file, sourceUrl));
  // SQLite says 0 or 1.
  if (!isKnown) return { file: { ...file, names: new Set() }, documents: [], variants: [] };
  const found = (await sql.query(selectDocumentsOfFile(file, sourceUrl))).filter(isDocumentRow);
  await cleanKeys(context, found);
  const documents = found.map(documentFromRow);
  const variants = (await sql.query(selectVariantsOfFile(file))).flatMap(undamagedVariant);
  const texts = new Set<string>();
  for (const { storageUri } of [...documents, ...variants]) {
    if (storageUri === uri || (await isAt(names, storageUri, uri))) texts.add(storageUri);
  }
  return { file: { ...file, names: texts }, documents, variants };
}

function undamagedVariant(row: SqlRow): readonly VariantRecord[] {
  try {
    return [variantFromRow(row)];
  } catch (error) {
    if (isCatalogError(error, "CORRUPT")) return [];
    throw error;
  }
}

async function isAt(names: CanonicalNames, text: StorageUri, uri: StorageUri): Promise<boolean> {
  return names.keyAtOnce(text) === undefined && (await names.locate(text, { follow: true })).uri === uri;
}

/** How rows name the file at a real path where it lies. */
export async function findSourceFile(sql: SqlEngine, file: LocalFile): Promise<SourceFile> {
  const rows = await sql.query(selectNames(file));
  return { ...file, names: new Set(rows.map(([uri]) => String(uri))) };
}

/** Rows of version 0.1 may have secrets in their key; they are about to be registered again without them. */
async function cleanKeys({ sql, clock }: SourcesContext, rows: readonly SqlRow[]): Promise<void> {
  const now = formatTimestamp(clock.now());
  const statements = rows.flatMap((row) => {
    const { id, artifactId, sourceUrl, resolver } = documentFromRow(row);
    const isClean = row[1] === artifactId && row[2] === sourceUrl && row[3] === resolver;
    return isClean ? [] : [rewriteKey(id, { artifactId, sourceUrl, resolver }, now)];
  });
  if (statements.length > 0) await sql.batch(statements, { durable: false });
}

/**
 * What belongs into the batch of a row whose bytes came from a file: all rows that name the file where it lies, and have
 * these bytes, get their place in the store, and the file is written down as the source of the row: as long as the place has its
 * lease.
 */
export function sourceFacts(
  file: SourceFile,
  placed: Pick<ParsedRegistration, "storageUri" | "sha256" | "bytes"> &
    Leased & {
      readonly key: DocumentKey;
      readonly variant: string | null;
      readonly now: Timestamp;
    },
): readonly SqlStatement[] {
  const { path } = file;
  const { key, variant, storageUri: to, sha256, bytes, now, lease } = placed;
  const takeIn = [...file.names].flatMap((from) =>
    from === to ? [] : takeInRows({ path, from, to, sha256, bytes, now, lease }),
  );
  const second = file.isNew === true ? [deleteSecondRow(key, { path, lease })] : [];
  return [...second, ...takeIn, insertSource(key, { path, variant, lease })];
}
