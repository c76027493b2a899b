import { type RemotePort, type ServedCall, servePort } from "../../adapters/remote/channel.ts";
import { serveFileSystem } from "../../adapters/remote/file-system.ts";
import { serveHasher } from "../../adapters/remote/hasher.ts";
import { serveSqlEngine } from "../../adapters/remote/sql-engine.ts";
import type { CatalogSettings } from "../../core/settings/setting-keys.ts";
import { CatalogError } from "../../errors.ts";
import type { FileSystemCapabilities } from "../../ports/file-system.ts";
import type { LogFields, Logger, LogLevel } from "../../ports/logger.ts";
import type { ProcessIdentity } from "../../ports/process.ts";
import type { SqlOpenMode } from "../engine/open-sql-js.ts";
import { type Greeting, PROTOCOL } from "./greeting.ts";
import { type LocalPorts, type LocalPortsRequest, openLocalPorts } from "./local-ports.ts";

/** The ports that a worker has opened; numbers are objects at its end. */
export interface ServedPorts {
  /** The file system, for `connectFileSystem`. */
  readonly fs: number;
  /** What that file system can do. */
  readonly capabilities: FileSystemCapabilities;
  /** The hasher, for `connectHasher`. */
  readonly hasher: number;
  /** Which implementation the hasher is, for reports. */
  readonly hasherName: string;
  /** The process that the worker is. */
  readonly self: ProcessIdentity;
}

/** A line for the logger on the page. */
export interface LogLine {
  /** How grave it is. */
  readonly level: LogLevel;
  /** One sentence. */
  readonly message: string;
  /** What it is about, by name, if anything. */
  readonly fields: LogFields | undefined;
}

/** What a worker does for a page. */
export interface CatalogService {
  /** Opens files, hasher and processes; once, before anything else is asked for. */
  open(values: readonly [request: LocalPortsRequest], call: ServedCall): Promise<ServedPorts>;
  /** Log lines go to `logs`, as messages. */
  openSql(
    values: readonly [catalog: CatalogSettings, mode: SqlOpenMode, logs: MessagePort | undefined],
    call: ServedCall,
  ): Promise<number>;
  /** Closes what {@link open} has opened; engines are closed by themselves. */
  close(): Promise<void>;
}

/** Serves a page that greeted at the other end of a channel. */
export function serveCatalogs(port: RemotePort, { contentCatalog }: Greeting): void {
  let opened: LocalPorts | undefined;
  const service: CatalogService = {
    open: async ([request], call) => {
      if (contentCatalog !== PROTOCOL) throw otherVersion();
      opened = await openLocalPorts(request);
      const { fs, hasher, processes } = opened;
      return {
        fs: call.expose(serveFileSystem(fs)),
        capabilities: fs.capabilities,
        hasher: call.expose(serveHasher(hasher)),
        hasherName: hasher.name,
        self: processes.self(),
      };
    },
    openSql: async ([catalog, mode, logs], call) => {
      if (opened === undefined) throw new TypeError("Cannot open the catalog: the files are not open");
      return call.expose(serveSqlEngine(await opened.openSql(catalog, mode, logs && loggerTo(logs))));
    },
    close: async () => opened?.close(),
  };
  servePort(port, service);
}

function loggerTo(port: MessagePort): Logger {
  return {
    log: (level, message, fields) => {
      const line: LogLine = { level, message, fields };
      port.postMessage(line);
    },
  };
}

function otherVersion(): CatalogError<"UNSUPPORTED"> {
  return new CatalogError("UNSUPPORTED", "Cannot open the catalog: page and worker are of different versions", {
    details: { what: "a worker of another version" },
    hint: "Deploy both from one installation of content-catalog, and reload the page.",
  });
}
