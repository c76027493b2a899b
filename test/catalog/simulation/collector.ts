import { CanonicalNames } from "../../../src/catalog/files/canonical-name.ts";
import { endExpiredLeases } from "../../../src/catalog/leases/end-expired.ts";
import { parseRootMarker } from "../../../src/catalog/root/root-marker.ts";
import type { BlobKey } from "../../../src/core/naming/blob-key.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import { formatTimestamp } from "../../../src/core/timestamp.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { TakenBlob } from "../../../src/ports/blob-store.ts";
import type { Chooser } from "../../../src/testing/simulation/chooser.ts";
import { type CatalogName, pathOfCatalog, type WorldProcess } from "./world.ts";

/** What a collector does wrong, to see that it is found. */
export type CollectorMutant =
  | "looks before it takes"
  | "reads its own catalog only"
  | "reads the markers before it takes"
  | "judges leases by the clock"
  | "compares texts";

const NAMED_BY_ROWS = "SELECT storage_uri FROM documents UNION ALL SELECT storage_uri FROM variants";
const NAMED_BY_LEASES = "SELECT uri, expires_at FROM leases";

/** What rows and leases name. */
interface LiveNames {
  /** As the store compares keys. */
  readonly keys: ReadonlySet<string>;
  /** As they are written. */
  readonly texts: ReadonlySet<string>;
}

/**
 * A collector in the order of the design: it ends the leases of its own catalog whose time is over, gives back what dead
 * runs took, takes what no row and no lease names, then reads the markers and every live set anew, and only then gives
 * back or deletes. It has no patience: what is unreferenced now is garbage.
 */
export async function collect(process: WorldProcess, options: CollectOptions = {}): Promise<void> {
  await endExpiredLeases(process);
  await new Collector(process, options).collect();
}

/** Options of {@link collect}. */
export interface CollectOptions {
  /** Chooses what is collected this time. @default all garbage */
  readonly chooser?: Chooser | undefined;
  /** @default it does nothing wrong */
  readonly mutant?: CollectorMutant | undefined;
}

class Collector {
  readonly #process: WorldProcess;
  readonly #mutant: CollectorMutant | undefined;
  readonly #chooser: Chooser | undefined;

  constructor(process: WorldProcess, { mutant, chooser }: CollectOptions) {
    this.#process = process;
    this.#mutant = mutant;
    this.#chooser = chooser;
  }

  async collect(): Promise<void> {
    const { store, layout, of } = this.#process;
    // A root that does not name the catalog is none of its own.
    if (!(await this.#listMarked()).includes(of)) return;
    await this.#giveBackOfDead();
    const catalogs = await this.#listCatalogs();
    const run = store.newRun();
    const before = await this.#readLive(catalogs);
    for (const key of await this.#listGarbage(before)) {
      const found = await store.stat(key);
      if (found === undefined) continue;
      const known = this.#mutant === "looks before it takes" ? await this.#readLive(catalogs) : undefined;
      if (known !== undefined && this.#isLive(known, key)) continue;
      const taken = await store.take(key, { found, run, keepName: layout === "policy_path" });
      if (taken === undefined) continue;
      const isKnown = this.#mutant === "reads the markers before it takes";
      const live = known ?? (await this.#readLive(isKnown ? catalogs : await this.#listCatalogs()));
      await this.#decide(taken, live);
    }
  }

  async #decide(taken: TakenBlob, live: LiveNames): Promise<void> {
    if (this.#isLive(live, taken.key)) await this.#giveBack(taken);
    else await this.#process.store.dropTaken(taken);
  }

  /** What cannot go back is put aside. */
  async #giveBack(taken: TakenBlob): Promise<void> {
    const { store } = this.#process;
    if ((await store.giveBack(taken)) === "taken") await store.keepTaken(taken);
  }

  /** What a run took that died is decided anew. */
  async #giveBackOfDead(): Promise<void> {
    const { store, processes } = this.#process;
    const left: TakenBlob[] = [];
    for await (const page of store.listTaken()) left.push(...page);
    for (const taken of left) {
      if (taken.kept || processes.isAlive(taken.owner) !== false) continue;
      try {
        await this.#giveBack(taken);
      } catch (error) {
        // Another collector was faster.
        if (!isCatalogError(error, "NOT_FOUND")) throw error;
      }
    }
  }

  async #listGarbage(live: LiveNames): Promise<readonly BlobKey[]> {
    const garbage: BlobKey[] = [];
    for await (const page of this.#process.store.list()) {
      for (const { kind, key } of page) if (kind === "blob" && !this.#isLive(live, key)) garbage.push(key);
    }
    garbage.sort();
    if (this.#chooser === undefined || garbage.length === 0) return garbage;
    const first = this.#chooser.choose(garbage.length);
    return [...garbage, ...garbage].slice(first, first + 1 + this.#chooser.choose(garbage.length));
  }

  #isLive({ keys, texts }: LiveNames, key: BlobKey): boolean {
    const { store } = this.#process;
    return this.#mutant === "compares texts" ? texts.has(store.uriOf(key)) : keys.has(store.comparableKey(key));
  }

  /** The catalogs whose live sets are read. */
  async #listCatalogs(): Promise<readonly CatalogName[]> {
    return this.#mutant === "reads its own catalog only" ? [this.#process.of] : this.#listMarked();
  }

  /** The catalogs that have a marker in the root. */
  async #listMarked(): Promise<readonly CatalogName[]> {
    const { store } = this.#process;
    const paths = (await store.markers.list()).map((found) => parseRootMarker(found)?.path);
    return (["a", "b"] as const).filter((name) => paths.includes(pathOfCatalog(name)));
  }

  /** Leases first: a lease ends in the batch of its row, so that whoever reads in this order sees one of the two. */
  async #readLive(catalogs: readonly CatalogName[]): Promise<LiveNames> {
    const { fs, store, of, clock, engineOf } = this.#process;
    const names = new CanonicalNames({ fs, store });
    const now = formatTimestamp(clock.now());
    const texts = new Set<string>();
    for (const catalog of catalogs) {
      const sql = engineOf(catalog);
      for (const [uri, expiresAt] of await sql.query({ sql: NAMED_BY_LEASES }, { fresh: true })) {
        const isOver = this.#mutant === "judges leases by the clock" && catalog !== of && String(expiresAt) < now;
        if (!isOver) texts.add(String(uri));
      }
      for (const [uri] of await sql.query({ sql: NAMED_BY_ROWS }, { fresh: true })) texts.add(String(uri));
      await sql.sync();
    }
    const keys = new Set<string>();
    for (const text of texts) {
      const { key } = await names.locate(text as StorageUri, { follow: true });
      if (key !== undefined) keys.add(store.comparableKey(key));
    }
    return { keys, texts };
  }
}
