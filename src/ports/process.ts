/** Which process, of which machine since its last start, wrote something. */
export interface ProcessIdentity {
  /** Host name, or `null` where the runtime may not read it. */
  readonly host: string | null;
  /** Changes with every start of the machine, or `null`. */
  readonly bootId: string | null;
  /** Its number on the host, or `null` where there are no processes, as in a browser. */
  readonly pid: number | null;
  /** Tells a process from a later one with the same pid, or `null`. */
  readonly startedAt: string | null;
}

/** What a runtime can tell about processes. */
export interface ProcessTable {
  /** The process that asks: always the same answer. */
  self(): ProcessIdentity;
  /** `false` only if that process is certainly gone; `undefined` where nobody can tell, as on another host. */
  isAlive(identity: ProcessIdentity): boolean | undefined;
}
