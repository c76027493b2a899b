import type { PlanAction } from "../../core/plan/plan-action.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import { CatalogError } from "../../errors.ts";
import { FreedBytes } from "../collect/choose-actions.ts";
import type { CollectContext } from "../collect/collect-context.ts";
import { isCasName } from "../collect/find/claims-of-ours.ts";
import { CanonicalNames } from "../files/canonical-name.ts";
import { findCatalogId } from "../meta/catalog-id.ts";
import { findBlob } from "../placing/find-blob.ts";
import { findForbidden } from "../plan/planned-place.ts";
import { chooseShares, isWritableByOthers, type Share, type StoredFile, type StoredName } from "./choose-shares.ts";
import type { DedupOptions, DedupPlan } from "./dedup-options.ts";
import { type HashedRow, listHashed } from "./list-hashed.ts";

/** What deduplicating works with. */
export type DedupContext = CollectContext;

/**
 * Plans which names below the root get the bytes of another file that has the same hash on record. Files are looked at,
 * not read, and nothing is changed.
 * @throws {CatalogError} UNSUPPORTED where no two names can share their bytes
 * @throws {RangeError} for a number that cannot be used
 */
export async function planDedup(context: DedupContext, options: DedupOptions): Promise<DedupPlan> {
  const { minBytes = 1 } = options;
  if (!(minBytes >= 0)) throw new RangeError(`Cannot use minBytes ${minBytes}: expected a number from 0`);
  requireSharing(context);
  return new DedupPlanner(context, await context.store.mayShareBlocks()).plan({
    ...options,
    minBytes: Math.max(1, minBytes),
  });
}

/**
 * Passes where names can get other bytes in one step.
 * @throws {CatalogError} UNSUPPORTED elsewhere
 */
export function requireSharing({ store }: Pick<DedupContext, "store">): void {
  if (store.capabilities.swap) return;
  throw new CatalogError(
    "UNSUPPORTED",
    `Cannot deduplicate in ${JSON.stringify(store.root)}: no two names can share their bytes there`,
    {
      details: { what: "deduplicating" },
      hint: "What comes in is stored once under the layout cas, also where there are no links.",
    },
  );
}

class DedupPlanner {
  readonly #context: DedupContext;
  readonly #names: CanonicalNames;
  readonly #mayClone: boolean;
  readonly #actions: PlanAction[] = [];
  readonly #freed = new FreedBytes();
  readonly #apart = { writable: 0, owned: 0, missing: 0 };
  readonly #files = { files: 0, bytes: 0 };
  #groups = 0;

  constructor(context: DedupContext, mayClone: boolean) {
    this.#context = context;
    this.#names = new CanonicalNames(context);
    this.#mayClone = mayClone;
  }

  async plan({ minBytes, signal, onProgress }: DedupOptions & { readonly minBytes: number }): Promise<DedupPlan> {
    const { sql, store, clock } = this.#context;
    const createdAt = formatTimestamp(clock.now());
    let groups = 0;
    for await (const rows of listHashed(sql, { minBytes, signal })) {
      signal?.throwIfAborted();
      await this.#lookAt(rows);
      groups += 1;
      onProgress?.({ groups, actions: this.#actions.length });
    }
    const actions = this.#actions;
    const { sequence } = await sql.describe();
    return {
      head: { verb: "dedup", catalogId: String(await findCatalogId(sql)), root: store.root, sequence, createdAt },
      size: actions.length,
      bytes: actions.reduce((sum, { bytes }) => sum + bytes, 0),
      actions: async function* actionsOf() {
        yield* actions;
      },
      report: {
        groups: this.#groups,
        files: this.#files,
        apart: this.#apart,
        freedBytes: this.#freed.bytes,
        mayShareBlocks: this.#mayClone,
      },
    };
  }

  async #lookAt(rows: readonly HashedRow[]): Promise<void> {
    const [size = 0, ...otherSizes] = new Set(rows.map(({ bytes }) => bytes));
    const names = await this.#namesOf(rows);
    // At least one of two sizes is wrong, and nobody knows which.
    if (names.length < 2 || otherSizes.length > 0) return;
    const files = new Map<string, StoredFile & { readonly names: StoredName[] }>();
    for (const name of names) {
      const stat = await findBlob(this.#context, name.key);
      if (stat === undefined || stat.sizeBytes !== size) this.#apart.missing += 1;
      else if (isWritableByOthers(stat)) this.#apart.writable += 1;
      else {
        const file = files.get(stat.identity) ?? { stat, first: name, names: [] };
        files.set(stat.identity, file);
        file.names.push(name);
      }
    }
    if (files.size < 2) return;
    this.#groups += 1;
    this.#files.files += files.size;
    for (const { stat } of files.values()) this.#files.bytes += stat.sizeBytes;
    const { shares, apart } = chooseShares([...files.values()], { mayClone: this.#mayClone });
    this.#apart.owned += apart;
    for (const share of shares) this.#add(share);
  }

  /** The names below the root of rows with one hash, each once, by key. */
  async #namesOf(rows: readonly HashedRow[]): Promise<readonly StoredName[]> {
    const { store } = this.#context;
    const found = new Map<string, StoredName>();
    for (const { uri, isPlaced } of rows) {
      const { key } = await this.#names.locate(uri);
      if (key === undefined) continue;
      const name = { key, uri: store.uriOf(key), isPlaced: isPlaced || isCasName(key) };
      if (findForbidden(store, { ...NOTHING, uri: name.uri }) === undefined) found.set(store.comparableKey(key), name);
    }
    return [...found.values()].sort((one, other) => (one.key < other.key ? -1 : 1));
  }

  #add({ file: { stat }, name, from }: Share): void {
    const { sizeBytes: bytes, modifiedMs, identity } = stat;
    this.#actions.push({ ...NOTHING, uri: name.uri, bytes, modifiedMs, identity, from: from.uri });
    this.#freed.add(stat);
  }
}

const NOTHING = { action: "share", reason: "duplicate", bytes: 0, since: null, ripeAt: null } as const;
