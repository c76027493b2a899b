import { parentPath } from "../../../../core/path.ts";

/** The files of a catalog, all beside each other. */
export interface CatalogFiles {
  /** The catalog itself: one SQLite file. */
  readonly snapshot: string;
  /** The folder that all of them are in. */
  readonly folder: string;
  /** What was committed since the snapshot. */
  readonly log: string;
  /** Says who may write. */
  readonly lock: string;
  /** Empty; there as long as somebody waits for the lock. */
  readonly wanted: string;
  /** Zeros, which leave room for a checkpoint when the disk is full. */
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
