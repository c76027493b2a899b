import { asCatalogError, hasCode } from "../../../core/messages/file-error.ts";
import type { BlobKey } from "../../../core/naming/blob-key.ts";
import { parentPath } from "../../../core/path.ts";
import type { Sha256 } from "../../../core/sha256.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import type { BlobStore } from "../../../ports/blob-store.ts";
import type { FileSystem } from "../../../ports/file-system.ts";
import type { SqlEngine } from "../../../ports/sql.ts";
import { CanonicalNames } from "../../files/canonical-name.ts";
import { BEFORE_ALL } from "../../records/columns.ts";
import { hashOfCasName } from "../find/claims-of-ours.ts";
import { Fingerprints } from "./fingerprints.ts";
import { LivePins } from "./live-pins.ts";
import { selectLeased, selectNamed } from "./live-statements.ts";

/** What {@link LiveNames} works with. */
export interface LiveNamesContext {
  /** Where symlinks are followed. */
  readonly fs: FileSystem;
  /** The root. */
  readonly store: BlobStore;
}

/** Options of {@link LiveNames.read}. */
export interface ReadLiveOptions {
  /** Rejects with `signal.reason` between two pages. */
  readonly signal?: AbortSignal | undefined;
  /** What a URI of the catalog means by the root as that calls it; what it means here counts in any case. */
  readonly findKey?: ((uri: string) => BlobKey | undefined) | undefined;
}

/** So many rows are read at once. */
const PAGE = 5000;

/**
 * What catalogs refer to in their root, however they write it. What cannot be told apart counts as referred to: aliases,
 * names that differ only in case where that does not count, and texts with one fingerprint.
 */
export class LiveNames {
  readonly #context: LiveNamesContext;
  readonly #names: CanonicalNames;
  readonly #keys = new Fingerprints();
  readonly #pinned = new Fingerprints();
  readonly #pins = new LivePins();
  #bytes = 0;
  readonly #links: ReadonlySet<BlobKey>;

  /** `links` are the symlinks that the root has: a row may name what is behind them by a way through them. */
  constructor(context: LiveNamesContext, links: Iterable<BlobKey> = []) {
    this.#context = context;
    this.#names = new CanonicalNames(context);
    this.#links = new Set(links);
  }

  /** How many names there are. */
  get size(): number {
    return this.#keys.size;
  }

  /** How many documents were read, and how large they are by the records. */
  readonly documents = { files: 0, bytes: 0 };

  /** How large what they name is by the records, in bytes; what several rows name counts once. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether anything refers to what has a key, or a pin keeps it. */
  has(key: BlobKey): boolean {
    return this.#keys.has(this.#context.store.comparableKey(key)) || this.isPinned(key, null);
  }

  /** Whether a pin keeps the bytes at a key, or all that have their hash; without a hash that of the name counts. */
  isPinned(key: BlobKey, sha256: Sha256 | null): boolean {
    const hash = sha256 ?? hashOfCasName(key);
    return (hash !== undefined && this.#pins.has(hash)) || this.#pinned.has(this.#context.store.comparableKey(key));
  }

  /** Whether a pin may keep bytes whose hash begins so, with 16 characters or more. */
  mayBePinned(sha256Start: string): boolean {
    return this.#pins.mayHave(sha256Start);
  }

  /**
   * Adds what a catalog refers to, whatever anybody committed before the call, and makes the log that was read durable.
   * Leases come first: a lease ends in the batch of its row, so one of the two is seen. So come pins: one that follows its
   * bytes is seen at the old place, and their row at the new one.
   * @throws {CatalogError} what the engine throws
   */
  async read(sql: SqlEngine, { signal, findKey }: ReadLiveOptions = {}): Promise<void> {
    await this.readClaims(sql, { signal, findKey });
    for (const table of ["documents", "variants"] as const) {
      for (let after: number | undefined = BEFORE_ALL; after !== undefined; ) {
        const rows = await sql.query(selectNamed(table, after, PAGE), { fresh: true, signal });
        for (const [, uri, bytes] of rows) {
          const before = this.#keys.size;
          const adding = this.#addAtOnce(String(uri)) ? undefined : this.add(String(uri), findKey);
          if (adding !== undefined) await adding;
          if (this.#keys.size > before) this.#bytes += Number(bytes);
          if (table === "documents") this.documents.bytes += Number(bytes);
        }
        if (table === "documents") this.documents.files += rows.length;
        after = rows.length < PAGE ? undefined : Number(rows.at(-1)?.[0]);
      }
    }
    await sql.sync();
  }

  /** Adds what leases and pins of a catalog refer to, for who reads its rows himself then. */
  async readClaims(sql: SqlEngine, { signal, findKey }: ReadLiveOptions = {}): Promise<void> {
    for (let after: string | undefined = ""; after !== undefined; ) {
      const rows = await sql.query(selectLeased(after, PAGE), { fresh: true, signal });
      for (const [, uri] of rows) await this.add(String(uri), findKey);
      after = rows.length < PAGE ? undefined : String(rows.at(-1)?.[0]);
    }
    for (const uri of await this.#pins.read(sql, { signal })) {
      for await (const key of this.#keysOf(uri, findKey)) this.#pinned.add(this.#context.store.comparableKey(key));
    }
  }

  /** Adds what a URI refers to. */
  async add(uri: string, findKey?: ReadLiveOptions["findKey"]): Promise<void> {
    if (this.#addAtOnce(uri)) return;
    for await (const key of this.#keysOf(uri, findKey)) this.#addKey(key);
  }

  async *#keysOf(uri: string, findKey: ReadLiveOptions["findKey"]): AsyncGenerator<BlobKey, void, undefined> {
    const called = findKey?.(uri);
    if (called !== undefined) yield* this.#waysTo(called);
    for (const follow of [false, true]) {
      const { key } = await this.#names.locate(uri as StorageUri, { follow });
      if (key !== undefined) yield* this.#waysTo(key);
    }
  }

  /** Most URIs are those that the store wrote: they need no look. */
  #addAtOnce(uri: string): boolean {
    const key = this.#names.keyAtOnce(uri);
    if (key === undefined || this.#links.size > 0) return false;
    this.#addKey(key);
    return true;
  }

  async *#waysTo(key: BlobKey): AsyncGenerator<BlobKey, void, undefined> {
    yield key;
    if (!this.#leadsThroughLink(key)) return;
    const real = await this.#realKeyOf(key);
    if (real !== undefined) yield real;
  }

  #addKey(key: BlobKey): void {
    this.#keys.add(this.#context.store.comparableKey(key));
  }

  #leadsThroughLink(key: BlobKey): boolean {
    if (this.#links.size === 0) return false;
    for (let at = key.indexOf("/"); at !== -1; at = key.indexOf("/", at + 1)) {
      if (this.#links.has(key.slice(0, at) as BlobKey)) return true;
    }
    return this.#links.has(key);
  }

  async #realKeyOf(key: BlobKey): Promise<BlobKey | undefined> {
    const { fs, store } = this.#context;
    const path = `${store.root}/${key}`;
    try {
      const { key: real } = await this.#names.locatePath(await fs.realPath(path), { follow: true });
      return real;
    } catch (error) {
      // What leads nowhere keeps nothing.
      if (hasCode(error, "ENOENT", "ENOTDIR", "ELOOP")) return undefined;
      throw asCatalogError(error, { verb: "look at", path: parentPath(path) });
    }
  }
}
