import type { Clock } from "../../../../ports/clock.ts";
import type { Entropy } from "../../../../ports/entropy.ts";
import type { FileSystem } from "../../../../ports/file-system.ts";
import type { ProcessTable } from "../../../../ports/process.ts";
import { createdLike } from "../../../created-like.ts";
import type { OpenOptions } from "../commit/open-options.ts";
import { type Lock, WriterLock } from "../lock/writer-lock.ts";
import type { Digest } from "../log/chain.ts";
import { catalogFiles } from "../protocol/catalog-files.ts";
import type { ReplicaFactory } from "../protocol/catalog-replica.ts";
import { ALL_RULES, type Rules } from "../protocol/rules.ts";
import type { StoreParts } from "../protocol/store.ts";
import { CatalogStore, type JoinOptions } from "./catalog-store.ts";
import { Opening } from "./opening.ts";
import { Openings } from "./openings.ts";

/** Options of {@link createStore}. */
export interface StoreOptions {
  /** Where the files of the catalog are. */
  readonly fs: FileSystem;
  /** The snapshot, absolute and without symlinks. */
  readonly path: string;
  /** Makes databases in memory from snapshots. */
  readonly replicas: ReplicaFactory;
  /** Computes the chain of the log, and fingerprints. */
  readonly digest: Digest;
  /** Gives the time for locks and for waiting. */
  readonly clock: Clock;
  /** Gives nonces, and random pauses. */
  readonly entropy: Entropy;
  /** Tells whether the holder of a lock is alive. */
  readonly processes: ProcessTable;
  /** A log of that many bytes, and of half the snapshot, gets a checkpoint. */
  readonly checkpointBytes: number;
  /** For tests: rules to drop. */
  readonly rules?: Partial<Rules> | undefined;
  /** For tests: another lock than the one in the file system. */
  readonly lock?: Lock | undefined;
  /** For tests with several processes in one: locks that this one gave up, and could not remove. */
  readonly abandoned?: Set<string> | undefined;
}

/** A catalog over a kind of replica, which nobody has open yet. */
export function createStore(options: StoreOptions): CatalogStore {
  const { path, checkpointBytes } = options;
  const fs = createdLike(options.fs, { model: path, keep: "access" });
  const files = catalogFiles(path);
  const openings = new Openings();
  const { logger } = openings;
  const parts: StoreParts = {
    ...options,
    fs,
    files,
    logger,
    get telemetry() {
      return openings.telemetry;
    },
    get readOnly() {
      return openings.writers === 0;
    },
    get keepSnapshots() {
      return openings.keepSnapshots;
    },
    brokenLogs: new Set(),
    rules: { ...ALL_RULES, ...options.rules },
  };
  // Everybody says how long to wait.
  const lock = options.lock ?? new WriterLock({ ...options, fs, files, logger, busyTimeoutMs: 0 });
  return new CatalogStore({ parts, openings, lock, checkpointBytes });
}

/** Options of {@link openStore}. */
export interface OpenStoreOptions extends StoreOptions, JoinOptions {
  /** How this opening uses the catalog. */
  readonly openOptions: OpenOptions;
}

/** Opens a catalog in a store of its own. @throws {CatalogError} as `openSqlJsEngine` */
export async function openStore({ create, plan, openOptions, ...options }: OpenStoreOptions): Promise<Opening> {
  const store = createStore(options);
  const leave = (): Promise<void> => store.leave(openOptions);
  try {
    await store.join(openOptions, { create, plan });
  } catch (error) {
    await leave();
    throw error;
  }
  return new Opening({ store, openOptions, path: options.path, leave });
}
