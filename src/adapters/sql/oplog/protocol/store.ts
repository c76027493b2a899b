import type { Clock } from "../../../../ports/clock.ts";
import type { Entropy } from "../../../../ports/entropy.ts";
import type { FileHandle, FileStat, FileSystem } from "../../../../ports/file-system.ts";
import type { Logger } from "../../../../ports/logger.ts";
import type { Digest } from "../log/chain.ts";
import type { OpLog } from "../log/op-log.ts";
import type { CatalogFiles } from "./catalog-files.ts";
import type { CatalogReplica, LogPosition, ReplicaFactory } from "./catalog-replica.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type { Rules } from "./rules.ts";

/** What the parts of the protocol work with. */
export interface StoreParts {
  readonly fs: FileSystem;
  readonly files: CatalogFiles;
  readonly digest: Digest;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly replicas: ReplicaFactory;
  readonly readOnly: boolean;
  /** How many earlier snapshots a checkpoint leaves. */
  readonly keepSnapshots: number;
  readonly logger?: Logger | undefined;
  /** Nonces of logs of which a sync failed in this process. */
  readonly brokenLogs: Set<string>;
  readonly rules: Rules;
}

/** The snapshot that a replica came from. Its handle keeps its identity from coming back. */
export interface HeldSnapshot {
  readonly handle: FileHandle;
  readonly stat: FileStat;
  readonly sequence: number;
  /** Asked for at the latest when there is a log, hence before anything runs on the replica. */
  readonly fingerprint: Fingerprint;
}

/** A replica, and the files that it stands for. */
export interface Loaded {
  readonly replica: CatalogReplica;
  readonly catalogId: string;
  /** Whether the replica can be used; once it is closed it never can again. */
  live: boolean;
  /** The schema is newer than that of the files, for reading. */
  migratedInMemory: boolean;
  /** Up to where the replica contains everything. */
  sequence: number;
  chain: string;
  snapshot: HeldSnapshot;
  log: OpLog | undefined;
}

/** What a snapshot of the replica as it is says about itself. */
export function positionOf({ catalogId, sequence, chain }: Loaded): LogPosition {
  return { catalogId, sequence, chain };
}

/** Somebody else finished or took over what this process was about; what is in memory is to be loaded again. */
export class Overtaken extends Error {
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
