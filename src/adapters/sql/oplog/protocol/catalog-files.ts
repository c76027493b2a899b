import { parentPath } from "../../../../core/path.ts";

/** The files of a catalog, all beside each other. */
export interface CatalogFiles {
  readonly snapshot: string;
  readonly folder: string;
  readonly log: string;
  readonly lock: string;
  readonly wanted: string;
  readonly reserve: string;
}

/** The names for the catalog at `snapshot`, which is a path without symlinks. */
export function catalogFiles(snapshot: string): CatalogFiles {
  return {
    snapshot,
    folder: parentPath(snapshot),
    log: `${snapshot}.oplog`,
    lock: `${snapshot}.lock`,
    wanted: `${snapshot}.lock.wanted`,
    reserve: `${snapshot}.reserve`,
  };
}

/** The private directory of the attempt with this nonce. */
export function privateDirectory({ snapshot }: CatalogFiles, nonce: string): string {
  return `${snapshot}.${nonce}.d`;
}
