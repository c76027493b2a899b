#!/usr/bin/env node
import { systemClock } from "../adapters/clock/system.ts";
import { openNodeHttp } from "../adapters/http/node-open.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { FileSystem } from "../ports/file-system.ts";
import { EXIT } from "./exit-codes.ts";
import type { CliHost, CliStream, OpenRequest } from "./host.ts";
import { run } from "./run.ts";
import { VERBS } from "./verbs/all.ts";
import { VERSION } from "./version.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function createStream(stream: NodeJS.WriteStream): CliStream {
  // A failed write is told to its caller; as an event that nobody handles it would end the process.
  stream.on("error", () => {});
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => (error ? reject(error) : resolve()));
      }),
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns;
    },
  };
}

let stdinOpen = false;

function openStdin(): ReadableStream<Uint8Array> {
  stdinOpen = true;
  const chunks = process.stdin[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

function onInterrupt(callback: () => void): void {
  let interrupted = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // The first one ends cleanly; whoever asks again does not want to wait for that.
      if (interrupted) process.exit(EXIT.interrupted);
      interrupted = true;
      callback();
    });
  }
}

/** Node's environment can always be read; Deno asks for a permission, and without it there is none. */
function findEnvironment(): CliHost["env"] {
  try {
    return { ...process.env };
  } catch {
    return undefined;
  }
}

/** Which of the runtimes this is. All have what this file takes from Node; each has its own files and hashes. */
const runtime = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";

async function loadFileSystem(): Promise<FileSystem> {
  if (runtime === "deno") return (await import("../adapters/fs/deno.ts")).createDenoFileSystem();
  return (await import("../adapters/fs/node.ts")).createNodeFileSystem();
}

async function openCatalog({ settings, mode, dryRun, logger, configPath }: OpenRequest): Promise<Catalog> {
  const given = { logger, configPath, dryRun };
  if (runtime === "deno") return (await import("../hosts/deno.ts")).openDenoCatalog(settings, mode, given);
  if (runtime === "bun") return (await import("../hosts/bun.ts")).openBunCatalog(settings, mode, given);
  return (await import("../hosts/node.ts")).openNodeCatalog(settings, mode, given);
}

const host: CliHost = {
  argv: process.argv.slice(2),
  cwd: process.platform === "win32" ? process.cwd().replaceAll("\\", "/") : process.cwd(),
  env: findEnvironment(),
  version: VERSION,
  stdout: createStream(process.stdout),
  stderr: createStream(process.stderr),
  fs: await loadFileSystem(),
  clock: systemClock,
  openHttp: openNodeHttp,
  openStdin,
  onInterrupt,
  openCatalog,
};
process.exitCode = await run(host, VERBS);
// A pipe that was left open would keep the process waiting for more; one that nobody asked for is better left alone.
if (stdinOpen) process.stdin.unref?.();
