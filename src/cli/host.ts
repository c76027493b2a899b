import type { Catalog } from "../catalog/catalog.ts";
import type { Settings } from "../core/settings.ts";
import type { Clock } from "../ports/clock.ts";
import type { FileSystem } from "../ports/file-system.ts";
import type { Http } from "../ports/http.ts";
import type { Logger } from "../ports/logger.ts";

/** Standard output or standard error. */
export interface CliStream {
  /** Resolves when the text was handed on; rejects with an error whose `code` is `EPIPE` when nobody reads any more. */
  write(text: string): Promise<void>;
  readonly isTerminal: boolean;
  /** Width of the terminal in characters, as it is now. */
  readonly columns: number | undefined;
}

/**
 * What a command does with a catalog: `create` makes one that is missing, `write` and `read` answer it with
 * `NOT_FOUND`, and `read` works where nothing can be written.
 */
export type CatalogMode = "create" | "write" | "read";

/** How to open the catalog; see {@link CliHost.openCatalog}. */
export interface OpenRequest {
  readonly settings: Settings;
  /** The file that they came from, if there is one. */
  readonly configPath: string | undefined;
  readonly mode: CatalogMode;
  /** Whether what is done to it is done in memory, and nothing is written. */
  readonly dryRun: boolean;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** What the command line needs from a runtime. Paths are those of the {@link FileSystem} port. */
export interface CliHost {
  /** The words behind the name of the program. */
  readonly argv: readonly string[];
  /** The working directory. */
  readonly cwd: string;
  /** `undefined` where the runtime may not read it. */
  readonly env: Readonly<Record<string, string | undefined>> | undefined;
  readonly version: string;
  readonly stdout: CliStream;
  readonly stderr: CliStream;
  readonly fs: FileSystem;
  readonly clock: Clock;
  /** Requests to other machines, loaded when there is one to make. */
  openHttp(): Promise<Http>;
  /** Standard input, opened when it is asked for. */
  openStdin(): ReadableStream<Uint8Array>;
  /** Calls back once, when the user or the system wants the command to end. What comes after that is up to the host. */
  onInterrupt(callback: () => void): void;
  openCatalog(request: OpenRequest): Promise<Catalog>;
}
