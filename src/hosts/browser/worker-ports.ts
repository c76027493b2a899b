import { RemoteCaller } from "../../adapters/remote/channel.ts";
import { connectFileSystem } from "../../adapters/remote/file-system.ts";
import { connectHasher } from "../../adapters/remote/hasher.ts";
import { connectSqlEngine } from "../../adapters/remote/sql-engine.ts";
import { CatalogError } from "../../errors.ts";
import type { CatalogService, LogLine } from "./catalog-service.ts";
import { type Greeting, PROTOCOL } from "./greeting.ts";
import type { LocalPorts, LocalPortsRequest } from "./local-ports.ts";

/** A worker, and whether it is ours to end. */
export interface WorkerOfPage {
  /** Runs the script of `content-catalog/browser/worker`. */
  readonly worker: Worker;
  /** Whether it is ended with the ports; a worker of the caller goes on. */
  readonly ours: boolean;
}

/** Opens files, processes and hasher in a worker, for this thread. */
export async function openWorkerPorts(page: WorkerOfPage, request: LocalPortsRequest): Promise<LocalPorts> {
  const channel = new MessageChannel();
  const caller = new RemoteCaller(channel.port1);
  const onError = (event: Event): void => caller.fail(workerFailed(event));
  page.worker.addEventListener("error", onError);
  const end = (): void => {
    page.worker.removeEventListener("error", onError);
    caller.fail(new CatalogError("CLOSED", "Cannot use the catalog: it was closed", { details: { what: "catalog" } }));
    if (page.ours) page.worker.terminate();
  };
  try {
    const greeting: Greeting = { contentCatalog: PROTOCOL };
    page.worker.postMessage(greeting, [channel.port2]);
    return await connect(caller, request, end);
  } catch (error) {
    end();
    throw error;
  }
}

async function connect(caller: RemoteCaller, request: LocalPortsRequest, end: () => void): Promise<LocalPorts> {
  const remote = caller.object<CatalogService>();
  const { fs, capabilities, hasher, hasherName, self } = await remote.call("open", [request]);
  return {
    fs: connectFileSystem(caller, { target: fs, capabilities }),
    hasher: connectHasher(caller, { target: hasher, name: hasherName }),
    // Who else is alive is asked where the locks are: in the worker.
    processes: { self: () => self, isAlive: () => undefined, endIsSeen: true },
    openSql: async (catalog, mode, logger) => {
      const logs = logger && new MessageChannel();
      if (logs !== undefined) {
        logs.port1.onmessage = ({ data }: MessageEvent<LogLine>) => logger?.log(data.level, data.message, data.fields);
      }
      const options = { transfer: logs === undefined ? [] : [logs.port2] };
      const target = await remote.call("openSql", [catalog, mode, logs?.port2], options);
      return connectSqlEngine(caller, target);
    },
    close: () => remote.call("close", []).finally(end),
  };
}

function workerFailed(event: Event): CatalogError<"UNAVAILABLE"> {
  const reason = "message" in event && typeof event.message === "string" ? event.message : "its script did not load";
  return new CatalogError("UNAVAILABLE", `Cannot use the catalog: its worker failed: ${reason}`, {
    details: { what: "worker" },
    hint: "Serve browser-worker.mjs of the package beside the script, or hand in a worker of your own as `worker`.",
  });
}
