import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { hasCode } from "../../core/messages/file-error.ts";
import type { ProcessIdentity, ProcessTable } from "../../ports/process.ts";

/** Options of {@link createNodeProcessTable}. */
export interface NodeProcessTableOptions {
  /** Where proc(5) is mounted. @default "/proc" */
  readonly procPath?: string | undefined;
}

/** The processes of this machine, through Node. Where there is no `/proc` the boot and the starting times are unknown. */
export function createNodeProcessTable({ procPath = "/proc" }: NodeProcessTableOptions = {}): ProcessTable {
  const namespace = findPidNamespace(procPath);
  const self: ProcessIdentity = Object.freeze({
    host: findHost(),
    bootId: findText(`${procPath}/sys/kernel/random/boot_id`),
    pid: process.pid,
    startedAt: formatStart(findProcess(process.pid, procPath), namespace),
  });
  return {
    self: () => self,
    isAlive: (identity) => {
      const { host, bootId, pid, startedAt } = identity;
      if (host === null || host !== self.host) return undefined;
      if (bootId !== self.bootId) return bootId === null || self.bootId === null ? undefined : false;
      if (pid === null || !Number.isSafeInteger(pid) || pid < 1) return undefined;
      // Containers can share host name and kernel, and still each have their own pid 1.
      const theirNamespace = startedAt?.split("@")[1];
      if (theirNamespace !== undefined && theirNamespace !== namespace) return undefined;
      if (!hasProcess(pid)) return false;
      const found = findProcess(pid, procPath);
      // A zombie runs no more; in a container whose pid 1 reaps nothing it stays for good.
      if (found?.state === "Z") return false;
      return startedAt === null || found === undefined || startedAt === formatStart(found, namespace);
    },
  };
}

/** The name of this machine, or `null` where the runtime refuses it, as Deno does without `--allow-sys`. */
function findHost(): string | null {
  try {
    return hostname();
  } catch {
    return null;
  }
}

/** What `/proc/<pid>/stat` tells, see proc(5). */
interface ProcessStat {
  readonly state: string;
  /** When the process started, in clock ticks since the machine did. */
  readonly startTicks: string;
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, "ESRCH");
  }
}

function findProcess(pid: number, procPath: string): ProcessStat | undefined {
  // Field 2 is the name in parentheses, which may hold spaces and parentheses itself; behind it comes field 3.
  const match = /^.*\) (\S)(?: \S+){18} (\d+) /s.exec(findText(`${procPath}/${pid}/stat`) ?? "");
  const [, state, startTicks] = match ?? [];
  return state === undefined || startTicks === undefined ? undefined : { state, startTicks };
}

function formatStart(found: ProcessStat | undefined, namespace: string | null): string | null {
  if (found === undefined) return null;
  return namespace === null ? found.startTicks : `${found.startTicks}@${namespace}`;
}

/** The number of the pid namespace (Linux), as in `pid:[4026531836]`. */
function findPidNamespace(procPath: string): string | null {
  try {
    return readlinkSync(`${procPath}/self/ns/pid`).replace(/\D/g, "");
  } catch {
    return null;
  }
}

/** A file of `/proc`, or `null` where it cannot be read, for whatever reason: what it would tell is then unknown. */
function findText(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}
