import { parseBlobKey } from "../../core/naming/blob-key.ts";
import { CAS_FOLDER } from "../../core/naming/layout.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import { isCatalogError } from "../../errors.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type { Logger } from "../../ports/logger.ts";
import { deleteOrphans } from "../collect/guards-statements.ts";
import { CLOCK_ADOPTED, findNewestTime } from "../collect/newest-time.ts";
import { findCatalogId } from "../meta/catalog-id.ts";
import { deleteMeta, insertMeta, selectMeta, setMeta } from "../meta/meta-statements.ts";
import { isEmptyRoot } from "./is-empty-root.ts";
import { lookForRowsOf } from "./look-for-rows-of.ts";
import { type RefuseCopyContext, refuseCopy } from "./refuse-copy.ts";
import { formatRootMarker, MEMORY_MARKER, parseRootMarker, type RootMarker } from "./root-marker.ts";
import { OLDER_THAN } from "./root-statements.ts";
import type { RootUse } from "./root-use.ts";

/** What a {@link RootEntry} works with. */
export interface RootEntryOptions extends RefuseCopyContext {
  /** Whose root it is. */
  readonly store: BlobStore;
  /** Gives what tells one catalog from its copy. */
  readonly entropy: Entropy;
  /** Gives the time of markers. */
  readonly clock: Clock;
  /** Told when a marker cannot be written, or says what cannot be. */
  readonly logger: Logger;
}

/** In `meta`: the root in which no row of before named anything. */
const LOOKED_AT = "root_looked_at";
/** So many rows are looked through again sooner than that it is written down that they were. */
const FEW_ROWS = 500;

/** A catalog in its root: the marker says that it uses it, where it is, and how far it came. */
export class RootEntry implements RootUse {
  readonly #options: RootEntryOptions;
  /** The entry, once it was begun; `undefined` before, and again after it failed. */
  #entered: Promise<void> | undefined;
  /** How far the catalog was when it was opened; `undefined` where that says nothing. */
  #openedAt: number | undefined;
  /** Its name, as soon as it is written. */
  #marker: string | undefined;
  #warned = false;

  /** Touches nothing yet. */
  constructor(options: RootEntryOptions) {
    this.#options = options;
  }

  /** What the URIs of blobs of layout `cas` in the root begin with. */
  get casStart(): string {
    return `${this.#options.store.uriOf(parseBlobKey(CAS_FOLDER))}/`;
  }

  /**
   * To be called when a catalog has been opened to write: finds out whether it is older than its root has seen it, and
   * enters the root of a catalog of before that never did.
   */
  async look(): Promise<void> {
    const { sql, store } = this.#options;
    // An id that is none is said when something is to be named after it.
    const name = await this.#findName().catch(() => undefined);
    if (name === undefined || name === MEMORY_MARKER) return;
    const { sequence } = await sql.describe();
    this.#openedAt = sequence;
    const marker = await this.#read(name).catch((error: unknown) => this.#warn(error));
    // That of another place is looked at when something is to be named in the root.
    if (marker !== undefined) return this.#isOurs(marker) ? this.#noteAge(marker, sequence) : undefined;
    const [looked] = await sql.query(selectMeta(LOOKED_AT));
    if (looked?.[0] === store.root) return;
    const { found, rows } = await lookForRowsOf(sql, store);
    // A root in which nothing is may be that of a device which is not there: then it must not seem to be.
    if (found) return (await this.#isEmpty()) ? undefined : this.enter({ canFail: true });
    if (rows > FEW_ROWS) await sql.batch([setMeta(LOOKED_AT, store.root)]);
  }

  async #isEmpty(): Promise<boolean> {
    try {
      return await isEmptyRoot(this.#options.store);
    } catch (error) {
      this.#warn(error);
      return true;
    }
  }

  /**
   * Enters the catalog in the root, once, before the first row that names anything in it.
   * @param options `canFail`: a root that cannot be written to is warned of
   * @throws {CatalogError} REFUSED for a copy of a catalog that has the id of the original still
   */
  async enter(options: { readonly canFail?: boolean } = {}): Promise<void> {
    if (this.#marker !== undefined && (await this.#isGone(this.#marker))) this.#entered = undefined;
    this.#entered ??= this.#enter();
    try {
      await this.#entered;
    } catch (error) {
      this.#entered = undefined;
      const isPassing = isCatalogError(error) && ["READ_ONLY", "PERMISSION", "NO_SPACE"].includes(error.code);
      if (options.canFail !== true || !isPassing) throw error;
      this.#warn(error);
    }
  }

  /** {@link enter} if one of these places is in the root. Where it cannot be written to rows may name it all the same. */
  async enterFor(uris: Iterable<string>): Promise<void> {
    if (this.#entered !== undefined) return this.enter({ canFail: true });
    for (const uri of uris) {
      if (this.#options.store.findKey(uri) !== undefined) return this.enter({ canFail: true });
    }
  }

  /** Whether the root knows another catalog, of which nobody here can tell what it names. */
  async isShared(): Promise<boolean> {
    const own = await this.#findName();
    return (await this.#options.store.markers.list()).some(({ name }) => name !== own);
  }

  /** Notes in the marker how far the catalog is by now, if it came further and has one. */
  async raise(): Promise<void> {
    const { sql } = this.#options;
    try {
      const name = await this.#findName();
      if (name === undefined || name === MEMORY_MARKER) return;
      const { sequence } = await sql.describe();
      if (sequence === this.#openedAt && this.#entered === undefined) return;
      const marker = await this.#read(name);
      if (marker !== undefined && this.#isOurs(marker) && marker.sequence < sequence) await this.#write(marker);
    } catch (error) {
      this.#warn(error);
    }
  }

  /** Whether the catalog is known to be an older one, as from a backup, than the root has seen. */
  async isOlder(): Promise<boolean> {
    const [row] = await this.#options.sql.query(selectMeta(OLDER_THAN));
    return row !== undefined;
  }

  /**
   * Takes a restored catalog for the one that it was: its root sees it as it is now, and since when anything was
   * unreferenced is forgotten, as it may have been referenced meanwhile. A clock that was ahead is believed no more.
   */
  async adopt(): Promise<void> {
    const { sql, clock } = this.#options;
    const ahead = await findNewestTime(sql, formatTimestamp(clock.now()));
    const adopted = ahead === undefined ? [] : [setMeta(CLOCK_ADOPTED, ahead)];
    await sql.batch([deleteMeta(OLDER_THAN), deleteOrphans(), ...adopted]);
    this.#entered = this.#enter({ adopts: true });
    await this.enter();
  }

  /** Gives the catalog another id, under which it is no older one of anything. */
  async rename(id: string): Promise<void> {
    await this.#options.sql.batch([setMeta("catalog_id", id), deleteMeta(OLDER_THAN)]);
    await this.enterIfNamed();
  }

  /** {@link enter} if any row names something in the root, or one that was removed did. */
  async enterIfNamed(): Promise<void> {
    const { sql, store } = this.#options;
    this.#entered = undefined;
    if ((await lookForRowsOf(sql, store, { removals: true })).found) await this.enter();
  }

  /** Whether the root was moved away since, and another one may be made in its place. */
  async #isGone(marker: string): Promise<boolean> {
    const isThere = await this.#options.store.markers.has?.(marker);
    if (isThere === false) this.#marker = undefined;
    return isThere === false;
  }

  /** Whether a marker says that the catalog is where it is; else it was moved, or copied. */
  #isOurs({ path }: RootMarker): boolean {
    return path === null || path === this.#options.catalogPath;
  }

  /** @param options `adopts`: what the root has seen before does not count any more */
  async #enter({ adopts = false }: { readonly adopts?: boolean } = {}): Promise<void> {
    const { sql } = this.#options;
    const name = await this.#findName();
    if (name === undefined) return;
    const found = await this.#read(name);
    if (found !== undefined && !this.#isOurs(found)) await refuseCopy(this.#options, found);
    const { sequence } = await sql.describe();
    if (found !== undefined && name !== MEMORY_MARKER && !adopts) await this.#noteAge(found, sequence);
    await this.#write(adopts || found === undefined ? { id: name, sequence: 0 } : found);
  }

  /** Writes a marker that says what is so now, and of the sequence the higher one. */
  async #write(before: Pick<RootMarker, "id" | "sequence">): Promise<void> {
    const { sql, store, catalogPath, clock } = this.#options;
    const { id } = before;
    const isInMemory = id === MEMORY_MARKER;
    const { sequence, schemaVersion } = await sql.describe();
    // What a power failure could take back the root has not seen.
    await sql.sync();
    const marker: RootMarker = {
      id,
      sequence: isInMemory ? 0 : Math.max(sequence, before.sequence),
      path: isInMemory ? null : catalogPath,
      root: store.root,
      seenAt: formatTimestamp(clock.now()),
      schemaVersion,
    };
    await store.markers.write(id, formatRootMarker(marker));
    this.#marker = id;
  }

  async #read(name: string): Promise<RootMarker | undefined> {
    const { store, logger } = this.#options;
    const found = await store.markers.read(name);
    const marker = found && parseRootMarker(found);
    if (found !== undefined && marker === undefined && (found.bytes?.byteLength ?? 1) > 0) {
      logger.log("warn", "A marker of the root is damaged and is written anew", { root: store.root, marker: name });
    }
    return marker;
  }

  /** The name of the marker: the id of the catalog, if it has one. */
  async #findName(): Promise<string | undefined> {
    const { sql, catalogPath } = this.#options;
    return catalogPath === "" ? MEMORY_MARKER : findCatalogId(sql);
  }

  /** Remembers in the catalog that it is older than its root has seen it, until somebody says that this is meant. */
  async #noteAge(marker: RootMarker, sequence: number): Promise<void> {
    const { sql, store, logger } = this.#options;
    if (marker.sequence <= sequence) return;
    // Others may have written, and said so in the root, since that was read.
    const [known] = await sql.query(selectMeta(OLDER_THAN), { fresh: true });
    if (known !== undefined || marker.sequence <= (await sql.describe()).sequence) return;
    await sql.batch([insertMeta(OLDER_THAN, String(marker.sequence))]);
    const about = { root: store.root, sequence, seen: marker.sequence };
    logger.log("warn", "The catalog is older than its root has seen it, as one from a backup is", about);
  }

  #warn(error: unknown): undefined {
    if (this.#warned) return;
    this.#warned = true;
    const { store, logger } = this.#options;
    const about = { root: store.root, error: error instanceof Error ? error.message : String(error) };
    logger.log("warn", "The root cannot be told that this catalog uses it: collect nothing in it meanwhile", about);
  }
}
