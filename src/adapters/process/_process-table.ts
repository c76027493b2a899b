import type { LifeSigns, ProcessIdentity, ProcessTable } from "../../ports/process.ts";

/** What a runtime can find out about this machine. Nothing here throws. */
export interface MachineView {
  /** Host name, or `null` where the runtime may not read it. */
  readonly host: string | null;
  /** Of the process that asks. */
  readonly pid: number;
  /** Whether this is the first thread of the process. */
  readonly isMainThread: boolean;
  /** Whether this kind of system has proc(5), also if it cannot be read. */
  readonly hasProc: boolean;
  /** Those that the runtime can make and look at. */
  readonly lifeSigns: LifeSigns | undefined;
  /** Where proc(5) is mounted. */
  readonly procPath: string;
  /** A file of `/proc`, or `null` where it cannot be read, for whatever reason: what it would tell is then unknown. */
  readText(path: string): string | null;
  /** What a symlink of `/proc` says, or `null`. */
  readLink(path: string): string | null;
  /** Whether there certainly is nothing in `/proc` at a path. */
  isMissing(path: string): boolean;
  /** Whether a process has this pid; `undefined` where the runtime may not ask. */
  hasProcess(pid: number): boolean | undefined;
}

/** That of the machine, which is no container; see PROC_PID_INIT_INO in Linux. */
const FIRST_PID_NAMESPACE = "4026531836";

/** A {@link ProcessTable} of what a runtime sees. */
export function createProcessTable(view: MachineView): ProcessTable {
  const { procPath } = view;
  const namespace = findPidNamespace(view);
  const self: ProcessIdentity = Object.freeze({
    host: view.host,
    bootId: view.readText(`${procPath}/sys/kernel/random/boot_id`),
    pid: view.pid,
    startedAt: formatStart(findStat(`${view.pid}`, view), namespace),
    thread: view.isMainThread ? null : findThread(view),
  });
  return {
    self: () => self,
    endIsSeen: isSeen(self, namespace, view),
    // None where nobody could tell that two are on one machine: from another one every sign looks dead.
    lifeSigns: self.bootId === null ? undefined : view.lifeSigns,
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
      const found = findStat(`${pid}`, view);
      // Some systems show nobody the processes of others.
      if (found === undefined) return true;
      // A zombie runs no more; in a container whose pid 1 reaps nothing it stays for good.
      if (found.state === "Z") return false;
      if (startedAt !== null && startedAt !== formatStart(found, namespace)) return false;
      return hasThread(identity, view);
    },
  };
}

/** Whether all others on the machine can see that this thread is gone: not those outside its container. */
function isSeen(
  { host, bootId, startedAt, thread }: ProcessIdentity,
  namespace: string | null,
  view: MachineView,
): boolean {
  if (host === null || !(view.isMainThread || thread !== null)) return false;
  return !view.hasProc || (bootId !== null && startedAt !== null && namespace === FIRST_PID_NAMESPACE);
}

/** What `/proc/<pid>/stat` tells of a process, or `/proc/<pid>/task/<tid>/stat` of a thread; see proc(5). */
interface ProcessStat {
  readonly state: string;
  /** When it started, in clock ticks since the machine did. */
  readonly startTicks: string;
}

function findStat(place: string, { procPath, readText }: MachineView): ProcessStat | undefined {
  // Field 2 is the name in parentheses, which may hold spaces and parentheses itself; behind it comes field 3.
  const match = /^.*\) (\S)(?: \S+){18} (\d+) /s.exec(readText(`${procPath}/${place}/stat`) ?? "");
  const [, state, startTicks] = match ?? [];
  return state === undefined || startTicks === undefined ? undefined : { state, startTicks };
}

/** The thread that asks, as `<tid>@<start>`; whose symlink is read tells it, so it is read by no other thread. */
function findThread(view: MachineView): string | null {
  const [pid, , tid] = view.readLink(`${view.procPath}/thread-self`)?.split("/") ?? [];
  const found = pid === undefined || tid === undefined ? undefined : findStat(`${pid}/task/${tid}`, view);
  return found === undefined ? null : `${tid}@${found.startTicks}`;
}

function hasThread({ pid, thread }: ProcessIdentity, view: MachineView): boolean {
  const [, tid, startTicks] = /^(\d+)@(\d+)$/.exec(thread ?? "") ?? [];
  if (tid === undefined) return true;
  const place = `${pid}/task/${tid}`;
  const found = findStat(place, view);
  // Reading can fail for other reasons, such as too many open files.
  return found === undefined ? !view.isMissing(`${view.procPath}/${place}`) : found.startTicks === startTicks;
}

function formatStart(found: ProcessStat | undefined, namespace: string | null): string | null {
  if (found === undefined) return null;
  return namespace === null ? found.startTicks : `${found.startTicks}@${namespace}`;
}

/** The number of the pid namespace (Linux), as in `pid:[4026531836]`. */
function findPidNamespace({ procPath, readLink }: MachineView): string | null {
  return readLink(`${procPath}/self/ns/pid`)?.replace(/\D/g, "") ?? null;
}
