import { readFileSync, readlinkSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { isMainThread } from "node:worker_threads";
import { hasCode } from "../../core/messages/file-error.ts";
import type { ProcessTable } from "../../ports/process.ts";
import { createProcessTable } from "./_process-table.ts";
import { createSocketLifeSigns } from "./node-life-signs.ts";

/** Options of {@link createNodeProcessTable}. */
export interface NodeProcessTableOptions {
  /** Where proc(5) is mounted. @default "/proc" */
  readonly procPath?: string | undefined;
}

/** The processes of this machine, through Node. Where there is no `/proc` the boot and the starting times are unknown. */
export function createNodeProcessTable({ procPath = "/proc" }: NodeProcessTableOptions = {}): ProcessTable {
  return createProcessTable({
    host: orNull(hostname),
    pid: process.pid,
    isMainThread,
    hasProc: process.platform === "linux",
    lifeSigns: createSocketLifeSigns(),
    procPath,
    readText: (path) => orNull(() => readFileSync(path, "utf8").trim()),
    readLink: (path) => orNull(() => readlinkSync(path)),
    isMissing: (path) => orNull(() => statSync(path, { throwIfNoEntry: false })) === undefined,
    hasProcess,
  });
}

/** `null` for what cannot be had, as the host name in Deno without `--allow-sys`. */
function orNull<Value>(find: () => Value): Value | null {
  try {
    return find();
  } catch {
    return null;
  }
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, "ESRCH");
  }
}
