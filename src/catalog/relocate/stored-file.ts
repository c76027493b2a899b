import { asCatalogError, hasCode } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { isInsidePath } from "../../core/path.ts";
import { decodePathOfUri, type StorageUri } from "../../core/storage-uri.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import type { SqlRow } from "../../ports/sql.ts";
import type { CanonicalNames } from "../files/canonical-name.ts";
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
  readonly uri: StorageUri;
  /** The real path behind that, as far as it is there. */
  readonly path: string;
  /** `null` where nobody knows. */
  readonly bytes: number | null;
  /** Where the file is to be now. */
  readonly newPath: string;
  /** The URI of {@link newPath}. */
  readonly newUri: StorageUri;
  /** The real path behind that. */
  readonly newRealPath: string;
}

/** What the columns of `selectStoredFiles` are called. */
const FIELDS = ["id", "document_id", "variant", "storage_uri", "bytes"] as const;

/** Where files were, in each way to write it, and where they are now. */
export interface RealRelocation {
  /** As it was given, and without symlinks as far as it is there. */
  readonly from: readonly string[];
  /** As it was given, and without symlinks. */
  readonly to: readonly string[];
  /** Tells which path a row means. */
  readonly names: CanonicalNames;
}

/** What was given, in each way to write it. */
export async function createRelocation({ from, to }: Relocation, names: CanonicalNames): Promise<RealRelocation> {
  const formsOf = async (path: string): Promise<readonly string[]> => [
    ...new Set([path, (await names.locatePath(path)).path ?? path]),
  ];
  return { from: await formsOf(from), to: await formsOf(to), names };
}

/**
 * The file of a row of `selectStoredFiles`; `undefined` when it lies elsewhere, or is at the new place already.
 * @throws {CatalogError} CORRUPT when the row holds what no row may
 */
export async function findStoredFile(
  table: StoredTable,
  row: SqlRow,
  relocation: RealRelocation,
): Promise<StoredFile | undefined> {
  const [id, owner] = row;
  for (const [at, column] of FIELDS.entries()) requireField(table, { id, owner, column, value: row[at] });
  const uri = row[3] as StorageUri;
  const newPath = await findNewPath(uri, relocation);
  if (newPath === undefined) return undefined;
  const { path = "" } = await relocation.names.locate(uri);
  const { uri: newUri, path: newRealPath = newPath } = await relocation.names.locatePath(newPath);
  return {
    id: row[0] as number,
    documentId: row[1] as number,
    variant: row[2] as string | null,
    uri,
    bytes: row[4] as number | null,
    path,
    newPath,
    newUri,
    newRealPath,
  };
}

async function findNewPath(uri: StorageUri, { from, to, names }: RealRelocation): Promise<string | undefined> {
  const written = decodePathOfUri(uri);
  if (written === undefined) return undefined;
  const isBelow = (path: string): string | undefined => from.find((each) => isInsidePath(each, path));
  let path = written;
  let start = isBelow(path);
  if (start === undefined && names.keyAtOnce(uri) === undefined) {
    // The way to it may lead through symlinks.
    path = (await names.locate(uri)).path ?? path;
    start = isBelow(path);
  }
  if (start === undefined) return undefined;
  // Where the new place lies in the old one, what is in it was relocated before.
  const isThere = to.some((each) => isInsidePath(each, path) && from.some((old) => isInsidePath(old, each)));
  return isThere ? undefined : `${to[0]}/${path.slice(start.length)}`.replace(/\/+/g, "/").replace(/(?<=.)\/$/, "");
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
