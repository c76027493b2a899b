import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { loadEmbeddedSqlJs } from "../../../src/adapters/sql/wasm/load-embedded.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { Layout } from "../../../src/core/naming/layout.ts";
import { resolveSettings, settingsFromOptions } from "../../../src/core/settings.ts";
import { openWithPorts } from "../../../src/hosts/_open-with-ports.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { ProcessIdentity, ProcessTable } from "../../../src/ports/process.ts";
import { ROOT } from "./_collect-world.ts";

/** How a process opens a catalog. */
export interface MortalOpenOptions {
  readonly fs: FileSystem;
  readonly layout: Layout;
  /** Whose catalog it is. @default "a" */
  readonly name?: string;
  /** For how long the trash is kept. @default 30 */
  readonly trashTtlDays?: number;
}

/** A process that works with catalogs, until it is said to be gone. */
export interface MortalProcess {
  readonly self: ProcessIdentity;
  open(options: MortalOpenOptions): Promise<Catalog>;
  /** Others see from now on that it is gone. */
  end(): void;
}

/** Processes of one host that know who is alive, so that what one left is found at once. */
export class MortalProcesses {
  readonly #bootId: string;
  readonly #alive = new Set<number>();
  #last = 0;

  /** With another `bootId` the machine was started anew. */
  constructor(bootId = "1") {
    this.#bootId = bootId;
  }

  start(): MortalProcess {
    this.#last += 1;
    const pid = this.#last;
    this.#alive.add(pid);
    const self = { host: "here", bootId: this.#bootId, pid, startedAt: null };
    const table: ProcessTable = {
      self: () => self,
      isAlive: ({ bootId, pid: other }) => bootId === this.#bootId && other !== null && this.#alive.has(other),
      endIsSeen: true,
    };
    return { self, open: (options) => open(options, table), end: () => void this.#alive.delete(pid) };
  }
}

function open(
  { fs, layout, name = "a", trashTtlDays = 30 }: MortalOpenOptions,
  processes: ProcessTable,
): Promise<Catalog> {
  const catalog = { path: `/state/${name}.sqlite`, trashTtlDays, busyTimeout: 1000 };
  const settings = settingsFromOptions({ catalog, storage: { rootDir: ROOT, layout } });
  return openWithPorts(resolveSettings(settings, "/"), "create", {
    fs,
    clock: systemClock,
    entropy: webCryptoEntropy,
    processes,
    wasmHasher: createWasmHasher(),
    loadSqlJs: () => loadEmbeddedSqlJs(),
    logger: undefined,
    telemetry: undefined,
  });
}
