#!/usr/bin/env node
import { systemClock } from "../adapters/clock/system.ts";
import { createNodeFileSystem } from "../adapters/fs/node.ts";
import { EXIT } from "./exit-codes.ts";
import type { CliHost, CliStream } from "./host.ts";
import { run } from "./run.ts";
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

process.exitCode = await run({
  argv: process.argv.slice(2),
  cwd: process.platform === "win32" ? process.cwd().replaceAll("\\", "/") : process.cwd(),
  env: findEnvironment(),
  version: VERSION,
  stdout: createStream(process.stdout),
  stderr: createStream(process.stderr),
  fs: createNodeFileSystem(),
  clock: systemClock,
  openStdin,
  onInterrupt,
  async openCatalog({ settings, mode, logger }) {
    const { openNodeCatalog } = await import("../hosts/node.ts");
    return openNodeCatalog(settings, mode, { logger });
  },
});
// A pipe that was left open would keep the process waiting for more; one that nobody asked for is better left alone.
if (stdinOpen) process.stdin.unref?.();
