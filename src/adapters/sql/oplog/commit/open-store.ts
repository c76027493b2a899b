import { asCatalogError } from "../../../../core/messages/file-error.ts";
import type { Clock } from "../../../../ports/clock.ts";
import type { Entropy } from "../../../../ports/entropy.ts";
import type { FileSystem } from "../../../../ports/file-system.ts";
import type { Logger } from "../../../../ports/logger.ts";
import type { ProcessTable } from "../../../../ports/process.ts";
import { type Lock, WriterLock } from "../lock/writer-lock.ts";
import type { Digest } from "../log/chain.ts";
import { catalogFiles } from "../protocol/catalog-files.ts";
import type { ReplicaFactory } from "../protocol/catalog-replica.ts";
import { createSnapshot } from "../protocol/create-files.ts";
import { missingSnapshot } from "../protocol/damage.ts";
import { ALL_RULES, type Rules } from "../protocol/rules.ts";
import type { StoreParts } from "../protocol/store.ts";
import { CatalogStore, type Durability } from "./catalog-store.ts";
import type { CheckpointOnClose } from "./fold.ts";

/** Options of {@link openStore}. */
export interface OpenStoreOptions {
  readonly fs: FileSystem;
  /** The snapshot, absolute and without symlinks. */
  readonly path: string;
  readonly mode: "create" | "write" | "read";
  readonly replicas: ReplicaFactory;
  readonly digest: Digest;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly processes: ProcessTable;
  readonly logger?: Logger | undefined;
  readonly busyTimeoutMs: number;
  readonly refreshIntervalMs: number;
  readonly durability: Durability;
  readonly checkpointOnClose: CheckpointOnClose;
  readonly checkpointBytes: number;
  readonly keepSnapshots: number;
  /** For tests: rules to drop. */
  readonly rules?: Partial<Rules> | undefined;
  /** For tests: another lock than the one in the file system. */
  readonly lock?: Lock | undefined;
}

/**
 * Opens a catalog over a kind of replica, and creates it in mode `create` when it is not there.
 * @throws {CatalogError} as `openSqlJsEngine`
 */
export async function openStore(options: OpenStoreOptions): Promise<CatalogStore> {
  const { fs, path, mode, durability, checkpointOnClose, refreshIntervalMs, checkpointBytes } = options;
  const parts: StoreParts = {
    ...options,
    files: catalogFiles(path),
    readOnly: mode === "read",
    brokenLogs: new Set(),
    rules: { ...ALL_RULES, ...options.rules },
  };
  const lock = options.lock ?? new WriterLock({ ...options, files: parts.files });
  try {
    if (mode === "create" && (await fs.stat(path)) === undefined) {
      // Looked for first: the other way round both could be created by somebody in between.
      const log = await fs.stat(parts.files.log);
      if (log !== undefined && (await fs.stat(path)) === undefined) throw missingSnapshot(parts.files);
      await createUnderLock(parts, lock);
    }
  } catch (error) {
    throw asCatalogError(error, { verb: "create", path });
  }
  const store = new CatalogStore({ parts, lock, durability, checkpointOnClose, refreshIntervalMs, checkpointBytes });
  await store.open();
  return store;
}

/** Only where files cannot be linked the lock has to keep two creators apart. */
async function createUnderLock(parts: StoreParts, lock: Lock): Promise<void> {
  if (await createSnapshot(parts, { underLock: false })) return;
  await lock.acquire();
  try {
    await createSnapshot(parts, { underLock: true });
  } finally {
    await lock.release();
  }
}
