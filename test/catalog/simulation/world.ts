import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNativeHasher } from "../../../src/adapters/hash/native.ts";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { openCatalog } from "../../../src/catalog/open.ts";
import type { Layout } from "../../../src/core/naming/layout.ts";
import type { BlobStore } from "../../../src/ports/blob-store.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { Hasher } from "../../../src/ports/hasher.ts";
import type { ProcessIdentity, ProcessTable } from "../../../src/ports/process.ts";
import type { SqlEngine } from "../../../src/ports/sql.ts";
import type { Chooser } from "../../../src/testing/simulation/chooser.ts";
import { createScheduler, type Scheduler, type SimulatedProcess } from "../../../src/testing/simulation/scheduler.ts";
import { SharedDatabase } from "./shared-database.ts";
import { stepped } from "./stepped-files.ts";

export const ROOT = "/blobs";

/** Which catalog a process works with; each has its own database, and all have one root. */
export type CatalogName = "a" | "b";

/** The path of a catalog, as its marker says. */
export function pathOfCatalog(name: CatalogName): string {
  return `/${name}.sqlite`;
}

/** What a process works with, which may be changed to see that it is missed. */
export interface ProcessPorts {
  readonly sql: SqlEngine;
  readonly store: BlobStore;
  /** Opens another catalog for reading, by its path. */
  readonly openOther: (path: string) => Promise<SqlEngine>;
  /** Hashes bytes. */
  readonly hasher: Hasher;
}

/** Changes what a process works with. */
export type ChangePorts = (
  ports: ProcessPorts,
  about: {
    /** What all share, without a step. */
    readonly files: FileSystem;
    /** The catalog of the process. */
    readonly of: CatalogName;
    /** Milliseconds since 1970. */
    readonly now: () => number;
    /** The store of the process, each of whose calls happens at one moment. */
    readonly atOnce: BlobStore;
  },
) => ProcessPorts;

/** Options of a {@link World}. */
export interface WorldOptions {
  readonly chooser: Chooser;
  readonly layout: Layout;
  /** For about how many steps a process goes on before it is the turn of others. */
  readonly switchEvery: number;
  /** What a process works with instead. @default nothing is changed */
  readonly changePorts?: ChangePorts | undefined;
}

/** A process that has a catalog open over the files that all share. */
export interface WorldProcess {
  readonly name: string;
  readonly of: CatalogName;
  readonly layout: Layout;
  readonly catalog: Catalog;
  readonly sql: SqlEngine;
  readonly store: BlobStore;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly processes: ProcessTable;
  /** It does nothing more. */
  kill(): void;
  /** It does nothing for so long, as if it had been stopped. */
  stall(durationMs: number): void;
  /** What it does next takes so long, while its timers go on. */
  drag(durationMs: number): void;
}

/** How a process of a world lives. */
interface Life {
  readonly step: (label: string) => Promise<void>;
  readonly clock: Clock;
  readonly simulated?: SimulatedProcess | undefined;
  readonly drag?: ((durationMs: number) => void) | undefined;
  readonly changePorts?: ChangePorts | undefined;
}

/** Files, databases and processes, each of whose steps happens when the chooser says. */
export class World {
  /** Without waiting, for what is there before, and for looks afterwards. */
  readonly files: FileSystem;
  readonly databases: ReadonlyMap<CatalogName, SharedDatabase>;
  readonly scheduler: Scheduler;
  readonly #options: WorldOptions;
  readonly #alive = new Map<number, SimulatedProcess>();
  #processes = 0;
  #nonces = 0;

  private constructor(options: WorldOptions, databases: ReadonlyMap<CatalogName, SharedDatabase>) {
    this.#options = options;
    this.databases = databases;
    this.scheduler = createScheduler({
      chooser: options.chooser,
      switchEvery: options.switchEvery,
      settle: () => new Promise((resolve) => setImmediate(resolve)),
    });
    this.files = createMemoryFileSystem({ now: () => this.scheduler.nowMs });
  }

  static async create(options: WorldOptions): Promise<World> {
    const databases = new Map<CatalogName, SharedDatabase>();
    for (const name of ["a", "b"] as const) databases.set(name, new SharedDatabase());
    const world = new World(options, databases);
    await world.files.makeDirectory(ROOT);
    // Whoever looks whether a catalog is there finds a file.
    for (const name of databases.keys()) await (await world.files.open(pathOfCatalog(name), "create")).close();
    return world;
  }

  /** Opens a catalog in a process of its own. Opening is not what is tried: it waits for nobody. */
  async spawn(
    name: string,
    of: CatalogName,
    changePorts: ChangePorts | undefined = this.#options.changePorts,
  ): Promise<WorldProcess> {
    const simulated = this.scheduler.spawn(name);
    let isOpen = false;
    let dragMs = 0;
    const step = async (label: string): Promise<void> => {
      if (!isOpen) return;
      if (dragMs > 0) {
        const durationMs = dragMs;
        dragMs = 0;
        await simulated.clock.sleep(durationMs);
      }
      await simulated.step(label);
    };
    const drag = (durationMs: number): void => {
      dragMs = durationMs;
    };
    const process = await this.#open(name, of, { step, clock: simulated.clock, simulated, drag, changePorts });
    isOpen = true;
    return process;
  }

  /** Opens a catalog in a process that waits for nobody, before the others begin or `laterMs` after they have ended. */
  async outside(of: CatalogName, laterMs = 0): Promise<WorldProcess> {
    const now = (): number => this.scheduler.nowMs + laterMs;
    const clock: Clock = { now, monotonicMs: now, sleep: () => new Promise(() => {}) };
    return this.#open("outside", of, { step: async () => {}, clock });
  }

  async #open(name: string, of: CatalogName, life: Life): Promise<WorldProcess> {
    this.#processes += 1;
    const { step, clock, simulated, drag, changePorts } = life;
    const { layout, chooser } = this.#options;
    const pid = 100 + this.#processes;
    if (simulated !== undefined) this.#alive.set(pid, simulated);
    const self: ProcessIdentity = { host: "here", bootId: "boot", pid, startedAt: `${pid}` };
    const processes = this.#processTable(self);
    const entropy = { nonce: () => (++this.#nonces).toString(16).padStart(32, "0") };
    const fs = stepped(this.files, step);
    const about = { step, now: () => clock.now() };
    const engine = this.#databaseOf(of).engineFor({ ...about, chooser: simulated && chooser });
    const files = await openFileBlobStore({ fs, entropy, rootDir: ROOT, owner: self });
    const openEngine = async (path: string): Promise<SqlEngine> => {
      return this.#databaseOf(path === pathOfCatalog("a") ? "a" : "b").engineFor({
        ...about,
        chooser: simulated && chooser,
      });
    };
    const ports: ProcessPorts = { sql: engine, store: files, openOther: openEngine, hasher: createNativeHasher() };
    const atOnce = await openFileBlobStore({ fs: this.files, entropy, rootDir: ROOT, owner: self });
    const changed = changePorts?.(ports, { files: this.files, of, now: about.now, atOnce }) ?? ports;
    const { sql, store, openOther, hasher } = changed;
    const placing = { layout, pathTemplate: "{basename}", hardlinkDedup: true, catalogPath: pathOfCatalog(of) };
    const shared = { fs, clock, entropy, processes, openOther, logger: { log: () => {} }, telemetry: noTelemetry };
    const catalog = await openCatalog({ ...shared, sql, store, placing, hashers: { core: hasher } });
    return {
      ...{ name, of, layout, catalog, sql, store, fs, clock, processes },
      kill: () => simulated?.kill(),
      stall: (durationMs) => simulated?.stall(durationMs),
      drag: (durationMs) => drag?.(durationMs),
    };
  }

  /** Frees its memory. */
  close(): void {
    for (const database of this.databases.values()) database.close();
  }

  #databaseOf(name: CatalogName): SharedDatabase {
    return this.databases.get(name) as SharedDatabase;
  }

  #processTable(self: ProcessIdentity): ProcessTable {
    return {
      self: () => self,
      isAlive: ({ pid }) => pid === self.pid || (this.#alive.get(pid ?? 0)?.alive ?? false),
      endIsSeen: true,
    };
  }
}
