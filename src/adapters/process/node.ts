import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { hasCode } from "../../core/messages/file-error.ts";
import type { ProcessTable } from "../../ports/process.ts";
import { createProcessTable } from "./_process-table.ts";

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
    procPath,
    readText: (path) => orNull(() => readFileSync(path, "utf8").trim()),
    readLink: (path) => orNull(() => readlinkSync(path)),
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
