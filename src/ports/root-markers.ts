/** A file of the root about one catalog that uses it. */
export interface FoundMarker {
  /** How it is called: the id of the catalog. */
  readonly name: string;
  /** What it says; `undefined` for what is no regular file, or longer than 64 KiB. */
  readonly bytes: Uint8Array | undefined;
}

/**
 * What a root knows about the catalogs that use it: one small file for each, in its folder `.content-catalog`. Failures
 * are those of `BlobStore`.
 */
export interface RootMarkers {
  /** All that are there, in no order. */
  list(): Promise<readonly FoundMarker[]>;
  /** What has a name; `undefined` when nothing has it. */
  read(name: string): Promise<FoundMarker | undefined>;
  /** Whether anything has a name, without reading it. Absent where a root cannot be moved while it is open. */
  has?(name: string): Promise<boolean>;
  /**
   * Gives a file its content, whole and durable when it resolves, in the place of what it had.
   * @throws {CatalogError} REFUSED when something else has the name
   */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file; nothing happens when it is gone. Resolves when that is durable. */
  drop(name: string): Promise<void>;
}
