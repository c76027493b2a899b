import { asCatalogError, hasCode } from "../../../core/messages/file-error.ts";
import { CatalogError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { FileSystem } from "../../../ports/file-system.ts";
import type { Logger } from "../../../ports/logger.ts";
import type { Migration } from "../../../ports/sql.ts";
import { type FileVersion, isSameVersion, missingFileError, readCatalogFile } from "./catalog-file.ts";
import { readSchemaVersion } from "./replica/file-header.ts";
import { Replica } from "./replica/replica.ts";
import { latestVersion, migrate, refuseForeignObjects } from "./replica/schema.ts";
import { tooLargeError } from "./replica/sql-error.ts";
import type { SqlJsModule } from "./replica/vendor.ts";

/** What a working copy is made of. */
export interface WorkingCopyOptions {
  readonly sqljs: SqlJsModule;
  readonly fs: FileSystem;
  readonly path: string;
  readonly applicationId: number;
  readonly migrations: readonly Migration[];
  readonly clock: Clock;
  readonly logger?: Logger | undefined;
  /** For how long a look at the file holds. */
  readonly refreshIntervalMs: number;
  /** Called whenever the file was read. */
  readonly onLoad: () => void;
}

/** The catalog file in memory, and which version of the file that is. */
export class WorkingCopy {
  readonly #options: WorkingCopyOptions;
  #replica: Replica | undefined;
  #version: FileVersion | undefined;
  #migratedFrom: number | undefined;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #closed = false;

  constructor(options: WorkingCopyOptions) {
    this.#options = options;
  }

  /** The database, unless it was dropped: then {@link catchUp} brings it back. */
  get replica(): Replica | undefined {
    return this.#replica;
  }

  /** The version of the file that the replica was read from, or was last written as. */
  get version(): FileVersion | undefined {
    return this.#version;
  }

  /** The schema version of the file, if the replica has a later one. */
  get migratedFrom(): number | undefined {
    return this.#migratedFrom;
  }

  /** The replica if the last look at the file was a moment ago. */
  findFresh(): Replica | undefined {
    const ageMs = this.#options.clock.monotonicMs() - this.#lookedAtMs;
    return ageMs < this.#options.refreshIntervalMs ? this.#replica : undefined;
  }

  /** Looks at the file and reads it if it is another one than before. Calls at once share one look. */
  catchUp(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Resolves when no look is under way, whatever came of it. */
  async settled(): Promise<void> {
    await this.#looking?.catch(() => undefined);
  }

  /** Notes that the replica was written to the file, which now is `version`. */
  async adopt(version: FileVersion): Promise<void> {
    const previous = this.#version;
    this.#version = version;
    this.#migratedFrom = undefined;
    await closeQuietly(previous);
  }

  /** Forgets the replica. */
  drop(): void {
    this.#replica?.close();
    this.#replica = undefined;
    this.#migratedFrom = undefined;
  }

  /** Frees memory and file; nothing is read any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.settled();
    this.drop();
    await closeQuietly(this.#version);
    this.#version = undefined;
  }

  async #look(): Promise<void> {
    const { fs, path, clock } = this.#options;
    if (this.#closed) {
      throw new CatalogError("CLOSED", "Cannot read the catalog: it was closed", { details: { what: "catalog" } });
    }
    try {
      const nowMs = clock.monotonicMs();
      if (this.#replica !== undefined && this.#version !== undefined) {
        const stat = await fs.stat(path);
        if (stat === undefined) throw missingFileError(path);
        if (isSameVersion(stat, this.#version.stat)) {
          this.#lookedAtMs = nowMs;
          return;
        }
      }
      await this.#load();
      this.#lookedAtMs = nowMs;
    } catch (error) {
      if (error instanceof RangeError) throw tooLargeError(path, error);
      throw hasCode(error, "ENOENT") ? missingFileError(path) : asCatalogError(error, { verb: "read", path });
    }
  }

  async #load(): Promise<void> {
    const { fs, path, logger } = this.#options;
    // Two copies of a large file need not fit into memory.
    this.drop();
    const { bytes, version } = await readCatalogFile(fs, path);
    try {
      this.#replica = this.#open(bytes);
    } catch (error) {
      await closeQuietly(version);
      throw error;
    }
    const previous = this.#version;
    this.#version = version;
    this.#options.onLoad();
    logger?.log("debug", "read the catalog", { path, size_bytes: version.stat.sizeBytes });
    await closeQuietly(previous);
  }

  #open(bytes: Uint8Array): Replica {
    const { sqljs, path, applicationId, migrations } = this.#options;
    const schemaVersion = latestVersion(migrations);
    const found = readSchemaVersion(bytes, { path, applicationId, schemaVersion });
    const replica = new Replica(sqljs, { path, bytes });
    try {
      refuseForeignObjects(replica, path);
      if (found < schemaVersion) migrate(replica, found, migrations);
    } catch (error) {
      replica.close();
      throw error;
    }
    this.#migratedFrom = found < schemaVersion ? found : undefined;
    return replica;
  }
}

/** The file was only kept open for its identity. */
async function closeQuietly(version: FileVersion | undefined): Promise<void> {
  try {
    await version?.handle.close();
  } catch {
    // Nothing was written through it that was not synced.
  }
}
