import type { Clock } from "../../../../ports/clock.ts";
import type { Entropy } from "../../../../ports/entropy.ts";
import type { FileHandle, FileStat, FileSystem } from "../../../../ports/file-system.ts";
import type { Logger } from "../../../../ports/logger.ts";
import type { Telemetry } from "../../../../ports/telemetry.ts";
import type { Digest } from "../log/chain.ts";
import type { OpLog } from "../log/op-log.ts";
import type { CatalogFiles } from "./catalog-files.ts";
import type { CatalogReplica, LogPosition, ReplicaFactory } from "./catalog-replica.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type { Rules } from "./rules.ts";

/** What the parts of the protocol work with. */
export interface StoreParts {
  /** Where the files of the catalog are. */
  readonly fs: FileSystem;
  /** Their names. */
  readonly files: CatalogFiles;
  /** Computes the chain of the log, and fingerprints. */
  readonly digest: Digest;
  /** Gives the time for locks and for waiting. */
  readonly clock: Clock;
  /** Gives nonces. */
  readonly entropy: Entropy;
  /** Makes databases in memory from snapshots. */
  readonly replicas: ReplicaFactory;
  /** Whether nobody in this process may write now. */
  readonly readOnly: boolean;
  /** How many earlier snapshots a checkpoint leaves. */
  readonly keepSnapshots: number;
  /** Told what was repaired and what could not be cleared away. */
  readonly logger?: Logger | undefined;
  /** Told how long things took. */
  readonly telemetry?: Pick<Telemetry, "record"> | undefined;
  /** Nonces of logs of which a sync failed in this process. */
  readonly brokenLogs: Set<string>;
  /** What is kept to; tests drop one to see what it is good for. */
  readonly rules: Rules;
}

/** The snapshot that a replica came from. Its handle keeps its identity from coming back. */
export interface HeldSnapshot {
  /** Open for reading, as long as the replica is in use. */
  readonly handle: FileHandle;
  /** How the file looked when it was read. */
  readonly stat: FileStat;
  /** Of the last batch that the snapshot contains. */
  readonly sequence: number;
  /** Asked for at the latest when there is a log, hence before anything runs on the replica. */
  readonly fingerprint: Fingerprint;
}

/** A replica, and the files that it stands for. */
export interface Loaded {
  /** The database in memory. */
  readonly replica: CatalogReplica;
  /** The id that the catalog has had since it was created. */
  readonly catalogId: string;
  /** Whether the replica can be used; once it is closed it never can again. */
  live: boolean;
  /** The schema is newer than that of the files, for reading. */
  migratedInMemory: boolean;
  /** Up to where the replica contains everything. */
  sequence: number;
  /** The chain value at {@link sequence}, in hexadecimal characters. */
  chain: string;
  /** The snapshot that the replica came from; a checkpoint puts another in its place. */
  snapshot: HeldSnapshot;
  /** The log as far as it was read; `undefined` where there is none. */
  log: OpLog | undefined;
}

/** What a snapshot of the replica as it is says about itself. */
export function positionOf({ catalogId, sequence, chain }: Loaded): LogPosition {
  return { catalogId, sequence, chain };
}

/** Somebody else finished or took over what this process was about; what is in memory is to be loaded again. */
export class Overtaken extends Error {
  /** Tells it from other errors, also across two copies of the package. */
  override readonly name = "Overtaken";
}

/** Closes the files of a replica and frees its memory. */
export async function closeLoaded(loaded: Loaded | undefined): Promise<void> {
  if (loaded?.live !== true) return;
  loaded.live = false;
  loaded.replica.close();
  await closeQuietly(loaded.snapshot.handle);
  if (loaded.log !== undefined) await closeQuietly(loaded.log);
}

/** For what was only read, or synced before: an error of closing says nothing about it. */
export async function closeQuietly(opened: { close(): Promise<void> }): Promise<void> {
  try {
    await opened.close();
  } catch {
    // Nothing was written through it that was not synced or given up.
  }
}
