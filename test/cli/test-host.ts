import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/adapters/clock/system.ts";
import { createNodeFileSystem } from "../../src/adapters/fs/node.ts";
import { createNodeHttp } from "../../src/adapters/http/node.ts";
import type { CliHost, CliStream } from "../../src/cli/host.ts";
import { run } from "../../src/cli/run.ts";
import { VERBS } from "../../src/cli/verbs/all.ts";
import type { Verb } from "../../src/cli/verbs/verb.ts";
import { openNodeCatalog } from "../../src/hosts/node.ts";

/** What a run of the command line left. */
export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of standard output, parsed. */
  readonly lines: readonly Record<string, unknown>[];
  /** The lines of standard error, parsed. */
  readonly errorLines: readonly Record<string, unknown>[];
}

/** A host with other parts than the usual ones. */
export type HostParts = Partial<CliHost> & {
  readonly terminal?: boolean;
  readonly columns?: number;
  readonly verbs?: readonly Verb[];
};

/** A stream that keeps what is written. */
export function collectStream(
  parts: { isTerminal?: boolean; columns?: number } = {},
): CliStream & { text: () => string } {
  let text = "";
  return {
    write: async (more) => {
      text += more;
    },
    isTerminal: parts.isTerminal ?? false,
    columns: parts.columns,
    text: () => text,
  };
}

/** Runs a command line in a folder, in this process. */
export async function runCli(cwd: string, argv: readonly string[], parts: HostParts = {}): Promise<RunResult> {
  const shape = { isTerminal: parts.terminal ?? false, ...(parts.columns && { columns: parts.columns }) };
  const stdout = collectStream(shape);
  const stderr = collectStream(shape);
  const host: CliHost = {
    argv,
    cwd,
    env: {},
    version: "1.2.3",
    stdout,
    stderr,
    fs: createNodeFileSystem(),
    clock: systemClock,
    openHttp: async () => createNodeHttp(),
    openStdin: () => new Blob([]).stream(),
    onInterrupt: () => {},
    openCatalog: ({ settings, mode, dryRun, logger, configPath }) =>
      openNodeCatalog(settings, mode, { logger, configPath, dryRun }),
    ...parts,
  };
  const exitCode = await run(host, parts.verbs ?? VERBS);
  const parse = (text: string): Record<string, unknown>[] =>
    text.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
  return {
    exitCode,
    stdout: stdout.text(),
    stderr: stderr.text(),
    lines: parse(stdout.text()),
    errorLines: parse(stderr.text()),
  };
}

/** A fresh folder, and how to take it away. */
export async function makeFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "content-catalog-cli-")));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
