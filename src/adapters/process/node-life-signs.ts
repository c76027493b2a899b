import type { Server } from "node:net";
import { hasCode } from "../../core/messages/file-error.ts";
import type { LifeSign, LifeSigns } from "../../ports/process.ts";

/** What fits the address of a Unix socket on every system; see unix(7). A longer path would be cut, or refused. */
const MAX_PATH_BYTES = 103;

/**
 * Unix sockets as signs of life. The kernel ends a listening socket with its process, also in another container, and
 * refuses connections from then on; to one that lives they succeed, also while it is busy or stopped.
 */
export function createSocketLifeSigns(): LifeSigns {
  return { show, isGone };
}

async function show(path: string): Promise<LifeSign | undefined> {
  if (!fits(path)) return undefined;
  const { createServer } = await import("node:net");
  const server = createServer((connection) => connection.destroy());
  const listening = await new Promise<boolean>((resolve) => {
    // Also for later: what cannot be accepted has connected all the same.
    server.on("error", () => resolve(false));
    // Without that a worker of `node:cluster` lets its parent listen, whose end is another.
    server.listen({ path, exclusive: true }, () => resolve(true));
  });
  if (!listening) return undefined;
  server.unref();
  return { end: () => close(server) };
}

/** Removes the name, too. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

async function isGone(path: string): Promise<boolean> {
  if (!fits(path)) return false;
  const { connect } = await import("node:net");
  return new Promise((resolve) => {
    const connection = connect(path);
    connection.once("connect", () => {
      connection.destroy();
      resolve(false);
    });
    connection.once("error", (error) => resolve(hasCode(error, "ECONNREFUSED")));
  });
}

function fits(path: string): boolean {
  return new TextEncoder().encode(path).byteLength <= MAX_PATH_BYTES;
}
