/** How a catalog uses its root: the root is told before a row names anything in it, and how far the catalog came. */
export interface RootUse {
  /** What the URIs of blobs of layout `cas` in the root begin with. */
  readonly casStart: string;
  /**
   * Enters the catalog in the root if one of these places is in it. Where the root cannot be written to rows may name it
   * all the same; that is logged.
   * @throws {CatalogError} REFUSED for a copy of a catalog that has the id of the original still
   */
  enterFor(uris: Iterable<string>): Promise<void>;
  /** Notes in the root how far the catalog is by now, if it came further and is entered. It never fails. */
  raise(): Promise<void>;
}
