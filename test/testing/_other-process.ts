import type { ProcessTable } from "../../src/ports/process.ts";

/** The process table of one who is another process to all others, though it runs in this one. */
export function asOtherProcess(processes: ProcessTable): ProcessTable {
  const self = { ...processes.self(), startedAt: "another" };
  return { self: () => self, isAlive: (identity) => processes.isAlive(identity), endIsSeen: true };
}
