import type { Catalog } from "../catalog/catalog.ts";
import type { CommandDefinition } from "./arguments/flag.ts";
import type { CatalogMode, CliHost } from "./host.ts";
import type { CommandEnd, Finding, Part, Progress } from "./output/part.ts";
import type { LoadedSettings } from "./settings/load-settings.ts";

/** Options of {@link CommandContext.openCatalog}. */
export interface OpenCatalogOptions {
  /** Whether the command has something to do without a catalog. @default false */
  readonly mayBeDisabled?: boolean | undefined;
  /** Whether what is done to it is done in memory, and nothing is written. @default false */
  readonly dryRun?: boolean | undefined;
}

/** What a command works with. */
export interface CommandContext {
  readonly host: Pick<CliHost, "cwd" | "fs" | "clock" | "openHttp" | "openStdin">;
  /** All verbs, in the order of the help. */
  readonly verbs: readonly CommandDefinition[];
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  /** The effective settings, read once. */
  loadSettings(): Promise<LoadedSettings>;
  /** Opens the catalog; it is closed when the command has ended, before its last word is printed. */
  openCatalog(mode: CatalogMode, options?: OpenCatalogOptions): Promise<Catalog>;
  finding(finding: Finding): void;
  progress(progress: Progress): void;
}

/** A running command: what it finds, piece by piece, and how it ends. */
export type CommandRun = AsyncGenerator<Part, CommandEnd, undefined>;
