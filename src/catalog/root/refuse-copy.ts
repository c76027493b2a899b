import { hasCode } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { isAbsolutePath } from "../../core/path.ts";
import { CatalogError } from "../../errors.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { deleteMeta, selectMeta, setMeta } from "../meta/meta-statements.ts";
import { type LookAtCatalogContext, lookAtCatalog } from "./catalog-at.ts";
import type { RootMarker } from "./root-marker.ts";

/** What {@link refuseCopy} works with. */
export interface RefuseCopyContext extends LookAtCatalogContext {
  /** The catalog. */
  readonly sql: SqlEngine;
  /** Whose root it is. */
  readonly store: Pick<BlobStore, "root">;
  /** Path or URL of the catalog, without credentials; empty for one in memory. */
  readonly catalogPath: string;
  /** Gives what tells one catalog from its copy; only where the catalog may be written to. */
  readonly entropy?: Entropy | undefined;
}

/** In `meta`, for a moment: tells whether what is somewhere else is the same catalog. */
const PROBE = "root_probe";

/**
 * Passes when the catalog of a marker is gone from where the marker says, or is this very one.
 * @throws {CatalogError} REFUSED (`copy`) when it is there as well, or nobody can tell
 */
export async function refuseCopy(
  context: RefuseCopyContext,
  { id, path }: Pick<RootMarker, "id" | "path">,
): Promise<void> {
  const { catalogPath, store } = context;
  if (path === null || (await isSameFile(context, path))) return;
  const there = await lookAtCatalog(context, path, id);
  // It was moved, and another one may have its place.
  if (there.what === "gone" || there.what === "other" || (await isThisOne(context, path))) return;
  const doubt = there.what === "unknown" ? there.reason : undefined;
  const reason = `${quote(path)} ${doubt === undefined ? "has" : "may have"} the same id, ${id}${doubt === undefined ? "" : `: ${doubt}`}`;
  throw new CatalogError("REFUSED", `Cannot use the root ${quote(store.root)} with ${quote(catalogPath)}: ${reason}`, {
    details: { guard: "copy", path },
    hint: 'Run "catalog init --new-id" on the one that is the copy.',
  });
}

/** Whether what is written here is read there: some file systems tell the files behind two ways to write a name apart. */
async function isThisOne({ sql, openOther, entropy }: RefuseCopyContext, path: string): Promise<boolean> {
  if (entropy === undefined) return false;
  const mark = entropy.nonce();
  await sql.batch([setMeta(PROBE, mark)]);
  try {
    const other = await openOther?.(path);
    const [row] = (await other?.query(selectMeta(PROBE), { fresh: true })) ?? [];
    await other?.close();
    return row?.[0] === mark;
  } catch {
    return false;
  } finally {
    await sql.batch([deleteMeta(PROBE)]);
  }
}

/** Whether a path leads to the very file of this catalog, as through a symlink or another mount. */
export async function isSameFile(
  { fs, catalogPath }: Pick<RefuseCopyContext, "fs" | "catalogPath">,
  path: string,
): Promise<boolean> {
  if (!isAbsolutePath(path) || !isAbsolutePath(catalogPath)) return false;
  try {
    const [one, other] = [await fs.stat(path), await fs.stat(catalogPath)];
    return one !== undefined && one.identity === other?.identity;
  } catch (error) {
    if (hasCode(error, "EACCES", "ENOTDIR", "ELOOP")) return false;
    throw error;
  }
}
