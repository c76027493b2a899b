import { isAbsolutePath } from "../../core/path.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { findCatalogId } from "../meta/catalog-id.ts";

/** What {@link lookAtCatalog} works with. */
export interface LookAtCatalogContext {
  /** Files of the machine. */
  readonly fs: FileSystem;
  /** Opens another catalog for reading. @default no other can be opened */
  readonly openOther?: ((path: string) => Promise<SqlEngine>) | undefined;
}

/**
 * What lies where a marker says that its catalog is:
 * - `gone`: nothing
 * - `same`: a catalog with this id
 * - `other`: a catalog with another id, or none yet
 * - `unknown`: nobody can tell, for the reason that is given
 */
export type CatalogThere =
  | { readonly what: "gone" | "same" | "other" }
  | { readonly what: "unknown"; readonly reason: string };

/** Looks whether the catalog with an id lies at a path. Nothing is written. */
export async function lookAtCatalog(
  { fs, openOther }: LookAtCatalogContext,
  path: string,
  id: string,
): Promise<CatalogThere> {
  if (!isAbsolutePath(path)) return { what: "unknown", reason: "it is no path of this machine" };
  let other: SqlEngine;
  try {
    if ((await fs.stat(path)) === undefined) return { what: "gone" };
    if (openOther === undefined) return { what: "unknown", reason: "it cannot be opened from here" };
    other = await openOther(path);
  } catch (error) {
    return { what: "unknown", reason: error instanceof Error ? error.message : String(error) };
  }
  try {
    return { what: (await findCatalogId(other)) === id ? "same" : "other" };
  } catch (error) {
    return { what: "unknown", reason: error instanceof Error ? error.message : String(error) };
  } finally {
    await other.close();
  }
}
