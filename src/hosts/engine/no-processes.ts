import type { ProcessTable } from "../../ports/process.ts";

const NOBODY = { host: null, bootId: null, pid: null, startedAt: null };

/** For runtimes that have no processes, and files that nobody else sees. */
export const noProcesses: ProcessTable = { self: () => NOBODY, isAlive: () => undefined, endIsSeen: true };
