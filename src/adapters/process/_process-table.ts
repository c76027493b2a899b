import type { ProcessIdentity, ProcessTable } from "../../ports/process.ts";

/** What a runtime can find out about this machine. Nothing here throws. */
export interface MachineView {
  /** Host name, or `null` where the runtime may not read it. */
  readonly host: string | null;
  /** Of the process that asks. */
  readonly pid: number;
  /** Where proc(5) is mounted. */
  readonly procPath: string;
  /** A file of `/proc`, or `null` where it cannot be read, for whatever reason: what it would tell is then unknown. */
  readText(path: string): string | null;
  /** What a symlink of `/proc` says, or `null`. */
  readLink(path: string): string | null;
  /** Whether a process has this pid; `undefined` where the runtime may not ask. */
  hasProcess(pid: number): boolean | undefined;
}

/** A {@link ProcessTable} of what a runtime sees. */
export function createProcessTable(view: MachineView): ProcessTable {
  const { procPath } = view;
  const namespace = findPidNamespace(view);
  const self: ProcessIdentity = Object.freeze({
    host: view.host,
    bootId: view.readText(`${procPath}/sys/kernel/random/boot_id`),
    pid: view.pid,
    startedAt: formatStart(findProcess(view.pid, view), namespace),
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
      const exists = view.hasProcess(pid);
      if (exists !== true) return exists;
      const found = findProcess(pid, view);
      // A zombie runs no more; in a container whose pid 1 reaps nothing it stays for good.
      if (found?.state === "Z") return false;
      return startedAt === null || found === undefined || startedAt === formatStart(found, namespace);
    },
  };
}

/** What `/proc/<pid>/stat` tells, see proc(5). */
interface ProcessStat {
  readonly state: string;
  /** When the process started, in clock ticks since the machine did. */
  readonly startTicks: string;
}

function findProcess(pid: number, { procPath, readText }: MachineView): ProcessStat | undefined {
  // Field 2 is the name in parentheses, which may hold spaces and parentheses itself; behind it comes field 3.
  const match = /^.*\) (\S)(?: \S+){18} (\d+) /s.exec(readText(`${procPath}/${pid}/stat`) ?? "");
  const [, state, startTicks] = match ?? [];
  return state === undefined || startTicks === undefined ? undefined : { state, startTicks };
}

function formatStart(found: ProcessStat | undefined, namespace: string | null): string | null {
  if (found === undefined) return null;
  return namespace === null ? found.startTicks : `${found.startTicks}@${namespace}`;
}

/** The number of the pid namespace (Linux), as in `pid:[4026531836]`. */
function findPidNamespace({ procPath, readLink }: MachineView): string | null {
  return readLink(`${procPath}/self/ns/pid`)?.replace(/\D/g, "") ?? null;
}
