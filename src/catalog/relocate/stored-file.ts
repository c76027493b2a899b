import { asCatalogError, hasCode } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { isInsidePath } from "../../core/path.ts";
import { decodePathOfUri, fileUriFromPath, type StorageUri } from "../../core/storage-uri.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import type { SqlRow } from "../../ports/sql.ts";
import { requireField } from "../records/rows.ts";
import type { RelocateFinding, Relocation } from "./relocate-options.ts";
import type { StoredTable } from "./relocate-statements.ts";

/** A row that names a file below the old place. */
export interface StoredFile {
  /** Of the row, in its table. */
  readonly id: number;
  /** The document that it is, or belongs to. */
  readonly documentId: number;
  /** `null` for the row of a document. */
  readonly variant: string | null;
  /** Where the row says that the file is. */
  readonly uri: string;
  /** `null` where nobody knows. */
  readonly bytes: number | null;
  /** Where the file is to be now. */
  readonly newPath: string;
  /** The URI of {@link newPath}. */
  readonly newUri: StorageUri;
}

/** What the columns of `selectStoredFiles` are called. */
const FIELDS = ["id", "document_id", "variant", "storage_uri", "bytes"] as const;

/**
 * The file of a row of `selectStoredFiles`; `undefined` when it lies elsewhere, or is at the new place already.
 * @throws {CatalogError} CORRUPT when the row holds what no row may
 */
export function findStoredFile(table: StoredTable, row: SqlRow, { from, to }: Relocation): StoredFile | undefined {
  const [id, owner] = row;
  for (const [at, column] of FIELDS.entries()) requireField(table, { id, owner, column, value: row[at] });
  const uri = row[3] as string;
  const path = decodePathOfUri(uri);
  if (path === undefined || !isInsidePath(from, path)) return undefined;
  // Where the new place lies in the old one, what is in it was relocated before.
  if (isInsidePath(from, to) && isInsidePath(to, path)) return undefined;
  const newPath = `${to}/${path.slice(from.length)}`.replace(/\/+/g, "/").replace(/(?<=.)\/$/, "");
  return {
    id: row[0] as number,
    documentId: row[1] as number,
    variant: row[2] as string | null,
    uri,
    bytes: row[4] as number | null,
    newPath,
    newUri: fileUriFromPath(newPath),
  };
}

/** Errors that are about one file; any other is trouble of the whole. */
const UNREADABLE = ["EACCES", "EPERM", "ELOOP", "ENAMETOOLONG", "EINVAL", "EILSEQ", "EIO", "ESTALE", "ETIMEDOUT"];

/** Why a file cannot be taken for the one that was there; `undefined` when it is there with its size. */
export async function examineStoredFile(fs: FileSystem, file: StoredFile): Promise<RelocateFinding | undefined> {
  const { newPath: path, documentId, variant, bytes } = file;
  const of = variant === null ? `document ${documentId}` : `variant ${quote(variant)} of document ${documentId}`;
  const finding = (kind: RelocateFinding["kind"], what: string): RelocateFinding => {
    return { kind, message: `Cannot relocate ${of}: ${quote(path, 1000)} ${what}`, documentId, variant, path };
  };
  try {
    const stat = await fs.stat(path);
    if (stat === undefined) return finding("gone", "is not there");
    if (stat.kind !== "file") return finding("unreadable", "is no regular file");
    if (bytes === null || stat.sizeBytes === bytes) return undefined;
    return finding("wrong_size", `has ${stat.sizeBytes} bytes, on record are ${bytes}`);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return finding("gone", "is not there");
    const code = UNREADABLE.find((each) => hasCode(error, each));
    if (code === undefined) throw asCatalogError(error, { verb: "look at", path });
    return finding("unreadable", `cannot be looked at (${code})`);
  }
}
