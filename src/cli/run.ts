import type { Catalog } from "../catalog/catalog.ts";
import { CatalogError, isCatalogError } from "../errors.ts";
import { type CommandLine, parseCommandLine } from "./arguments/command-line.ts";
import type { CommandContext, OpenCatalogOptions } from "./command.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { CatalogMode, CliHost } from "./host.ts";
import { BrokenPipe } from "./output/channel.ts";
import type { Printer } from "./output/printer.ts";
import { createPrinter, findPrintFlags } from "./printers.ts";
import { reportError } from "./report-error.ts";
import type { LoadedSettings } from "./settings/load-settings.ts";
import type { Verb } from "./verbs/verb.ts";

/** Runs one command line, with these verbs to choose from, from its words to its exit code. Never throws. */
export async function run(host: CliHost, verbs: readonly Verb[]): Promise<ExitCode> {
  const flags = findPrintFlags(host.argv);
  const printer = await createPrinter(host, flags);
  const interruption = new AbortController();
  host.onInterrupt(() => interruption.abort());
  try {
    return await runLine(host, { verbs, printer, signal: interruption.signal });
  } catch (error) {
    await printer.finish().catch(() => undefined);
    if (error instanceof BrokenPipe) return EXIT.done;
    const { report, exitCode } = await reportError(error, { signal: interruption.signal, verbose: flags.verbose });
    printer.error(report);
    return exitCode;
  } finally {
    await printer.flushErrors();
  }
}

interface RunOptions {
  readonly verbs: readonly Verb[];
  readonly printer: Printer;
  readonly signal: AbortSignal;
}

async function runLine(host: CliHost, options: RunOptions): Promise<ExitCode> {
  const { verbs, printer } = options;
  const line = parseCommandLine(host.argv, verbs);
  switch (line.request) {
    case "version":
      await printer.text(`content-catalog ${host.version}\n`);
      return EXIT.done;
    case "help": {
      const { formatCommandHelp, formatProgramHelp } = await import("./help.ts");
      await printer.text(line.definition ? formatCommandHelp(line.definition) : formatProgramHelp(host.version, verbs));
      return EXIT.done;
    }
    case "command":
      return runCommand(host, line, options);
    default:
      return line satisfies never;
  }
}

async function runCommand(
  host: CliHost,
  line: CommandLine<Verb> & { request: "command" },
  options: RunOptions,
): Promise<ExitCode> {
  const { printer, signal } = options;
  const session = new Session(host, line, options);
  const { definition } = line;
  try {
    const command = await definition.start(session, { ...line, nowMs: host.clock.now() });
    let step = await command.next();
    while (step.done !== true) {
      signal.throwIfAborted();
      await printer.part(step.value);
      step = await command.next();
    }
    // "Done" is said when everything is durable.
    await session.close();
    await printer.finish();
    await printer.end(definition.verb, step.value);
    return step.value.exitCode;
  } catch (error) {
    // The first error is the one to tell about.
    await session.close().catch(() => undefined);
    throw error;
  }
}

/** What one command opens on its way. */
class Session implements CommandContext {
  readonly host: CliHost;
  readonly verbs: readonly Verb[];
  readonly signal: AbortSignal;
  readonly #line: CommandLine;
  readonly #printer: Printer;
  #settings: Promise<LoadedSettings> | undefined;
  #catalog: Catalog | undefined;

  constructor(host: CliHost, line: CommandLine, { verbs, printer, signal }: RunOptions) {
    this.host = host;
    this.verbs = verbs;
    this.signal = signal;
    this.#line = line;
    this.#printer = printer;
  }

  loadSettings(): Promise<LoadedSettings> {
    this.#settings ??= this.#load();
    return this.#settings;
  }

  async #load(): Promise<LoadedSettings> {
    const { loadSettings } = await import("./settings/load-settings.ts");
    const { fs, cwd, env } = this.host;
    const { config, catalog, root, set } = this.#line.globals;
    return loadSettings({ fs, cwd, env, configPath: config, flags: { catalog, root, set } });
  }

  async openCatalog(
    mode: CatalogMode,
    { mayBeDisabled = false, dryRun = false }: OpenCatalogOptions = {},
  ): Promise<Catalog> {
    const { settings, origins, configPath } = await this.loadSettings();
    if (settings.catalog === false && !mayBeDisabled) throw disabled(origins.get("catalog") ?? "default");
    this.signal.throwIfAborted();
    try {
      const request = { settings, configPath, mode, dryRun, logger: this.#printer, signal: this.signal };
      this.#catalog = await this.host.openCatalog(request);
      return this.#catalog;
    } catch (error) {
      throw isCatalogError(error, "NOT_FOUND") && mode !== "create" ? withHint(error) : error;
    }
  }

  finding: CommandContext["finding"] = (finding) => this.#printer.finding(finding);

  progress: CommandContext["progress"] = (progress) => this.#printer.progress(progress);

  async close(): Promise<void> {
    await this.#catalog?.close();
  }
}

function disabled(origin: string): CatalogError {
  return new CatalogError("CONFIGURATION", `Cannot open the catalog: it is disabled by ${origin}`, {
    details: { origin, key: "catalog" },
    hint: 'Leave out "catalog: false", or name a file with --catalog.',
  });
}

function withHint(error: CatalogError<"NOT_FOUND">): CatalogError {
  return new CatalogError("NOT_FOUND", error.message, {
    details: error.details,
    cause: error,
    hint: 'Run "catalog init" or "catalog import-manifest PATH" first, or name another file with --catalog.',
  });
}
