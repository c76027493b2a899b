import type { Clock } from "../ports/clock.ts";
import type { DigestPool } from "../ports/digest-pool.ts";
import type { Entropy } from "../ports/entropy.ts";
import type { FileSystem } from "../ports/file-system.ts";
import type { Hasher } from "../ports/hasher.ts";
import type { Http } from "../ports/http.ts";
import type { Logger } from "../ports/logger.ts";
import type { ProcessTable } from "../ports/process.ts";
import type { SqlEngine } from "../ports/sql.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { Closing } from "./closing-source.ts";
import type { SlotSource } from "./concurrency/slots.ts";
import type { RootUse } from "./root/root-use.ts";
import type { Figures } from "./telemetry/figures.ts";

/** What every use case works with; put together once by `openCatalog`. */
export interface CatalogContext {
  /** Where records are. */
  readonly sql: SqlEngine;
  /** Files of the machine, for manifests and for what `finalize` and `add` are told of. */
  readonly fs: FileSystem;
  /** What computes SHA-256. */
  readonly hashers: Hashers;
  /** What `createdAt`, `updatedAt` and waits go by. */
  readonly clock: Clock;
  /** Where ids, nonces and random pauses come from. */
  readonly entropy: Entropy;
  /** Which process this is, and which of the others are gone. */
  readonly processes: ProcessTable;
  /**
   * Opens another catalog for reading, by the absolute path of its file; the caller closes it. Nothing of it is changed,
   * and an older schema is not brought up to date either: `describe` tells its version, from 1 to that of this program.
   * `undefined` where there are no other catalogs.
   * @throws {CatalogError} NOT_FOUND, CORRUPT, DIVERGED, SCHEMA_TOO_NEW, PERMISSION, ... as opening it does
   */
  readonly openOther?: ((path: string) => Promise<SqlEngine>) | undefined;
  /**
   * Starts what reads and hashes many files of {@link fs} at once, `jobs` of them, or, where that is not said, as many as
   * there are processors, at most four; the caller closes it. @default none
   */
  readonly openDigests?: ((jobs?: number) => Promise<DigestPool>) | undefined;
  /** Gives what asks for URLs, for repairs. @default nothing is fetched */
  readonly openHttp?: (() => Promise<Http>) | undefined;
  /** Home folders of whoever runs this, as far as the host can tell: none of them is collected. @default none is known */
  readonly homes?: readonly string[] | undefined;
  /** Where log lines go. */
  readonly logger: Logger;
  /** Where measurements go. */
  readonly telemetry: Telemetry;
  /** What is known about the catalog, for gauges. @default nobody asks */
  readonly figures?: Figures | undefined;
  /** Whether the catalog closes; nothing waits long for a source from then on. @default never */
  readonly closing?: Closing | undefined;
  /** The catalog in its root. @default it has none */
  readonly root?: RootUse | undefined;
  /** Bounds how many calls have files open and bytes in memory. @default none */
  readonly slots?: SlotSource | undefined;
}

/** The core's hasher, and the one that may take over large streams. */
export interface Hashers {
  /** What every runtime shares. */
  readonly core: Hasher;
  /** The runtime's own, if the host has one and the settings allow it. */
  readonly large?: Hasher | undefined;
}
