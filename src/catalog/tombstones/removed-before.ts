import type { DocumentKey } from "../../core/document.ts";
import { fileUriFromPath } from "../../core/storage-uri.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { Fingerprints } from "../collect/live/fingerprints.ts";
import { textOf } from "../find/find-by-keys.ts";
import { BEFORE_ALL } from "../records/columns.ts";
import { findTombstones } from "./find-tombstones.ts";
import { findSameContent, type OfferedContent } from "./same-content.ts";
import type { Tombstone } from "./tombstone.ts";
import { selectTombstoneKeys, selectTombstonePaths } from "./tombstones-statements.ts";

/** So many tombstones are read at a time. */
const PAGE = 5000;

/**
 * What was removed on purpose, for a run over many lines or files: it is read once, 32 to 64 bytes a tombstone, and of most
 * lines a look at that tells that they are none of it.
 */
export class RemovedBefore {
  readonly #sql: SqlEngine;
  readonly #keys = new Fingerprints();
  /** As the URIs of files, which is how rows and lines name them. */
  readonly #places = new Fingerprints();
  #lastId = BEFORE_ALL;

  private constructor(sql: SqlEngine) {
    this.#sql = sql;
  }

  /** Reads what there is. */
  static async open(sql: SqlEngine): Promise<RemovedBefore> {
    const removed = new RemovedBefore(sql);
    await removed.refresh();
    return removed;
  }

  /** Whether there never was any. */
  get isEmpty(): boolean {
    return this.#lastId === BEFORE_ALL;
  }

  /** The last tombstone that was read; less than any id where there are none. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Reads what came since; where nothing did, that is one look at the end of a table. */
  async refresh(): Promise<void> {
    for (;;) {
      const rows = await this.#sql.query(selectTombstoneKeys(this.#lastId, PAGE));
      const last = rows.at(-1);
      if (last === undefined) return;
      const paths = await this.#sql.query(selectTombstonePaths(this.#lastId, Number(last[0])));
      for (const [, artifactId, sourceUrl, resolver] of rows) {
        const key = { artifactId: String(artifactId), sourceUrl: String(sourceUrl), resolver: String(resolver) };
        this.#keys.add(textOf(key));
      }
      for (const [, path] of paths) this.#places.add(fileUriFromPath(String(path)));
      this.#lastId = Number(last[0]);
      if (rows.length < PAGE) return;
    }
  }

  /** Whether {@link find} may give anything for a key, or for the URI of a file where it lies. */
  mayHave(key: DocumentKey, uri: string): boolean {
    return this.#keys.has(textOf(key)) || this.#places.has(uri);
  }

  /** The tombstones of just these bytes, by key or path, in order. */
  async find(offered: OfferedContent): Promise<readonly Tombstone[]> {
    return findSameContent(await findTombstones(this.#sql, offered), offered);
  }
}
