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
  /** Tells a thread of the process from all others; missing or `null` for the main one, and where nobody can tell. */
  readonly thread?: string | null | undefined;
}

/** What a runtime can tell about processes. */
export interface ProcessTable {
  /** The process that asks, and the thread of it: always the same answer. */
  self(): ProcessIdentity;
  /** `false` only if that process, or that thread, is certainly gone; `undefined` where nobody can tell, as on another host. */
  isAlive(identity: ProcessIdentity): boolean | undefined;
  /**
   * Whether the others on this machine see when this thread ends, however it does. Who is not seen keeps nothing for
   * later that others wait for.
   */
  readonly endIsSeen: boolean;
  /** What shows others that this thread lives where they cannot see it; `undefined` where there is no such thing. */
  readonly lifeSigns?: LifeSigns | undefined;
}

/** Signs of life between processes that run on one kernel and cannot see each other, as in containers. */
export interface LifeSigns {
  /**
   * Makes a sign at `path`, where nothing is; `undefined` where none can be made. It ends with this thread; what has the
   * name may stay.
   */
  show(path: string): Promise<LifeSign | undefined>;
  /**
   * Whether the thread that made the sign at `path` is certainly gone; `false` where nobody can tell, and where no sign
   * is. The answer counts only for signs that were made since the same start of the same machine.
   */
  isGone(path: string): Promise<boolean>;
}

/** A sign of life that is shown. */
export interface LifeSign {
  /** Ends it and removes its name. */
  end(): Promise<void>;
}
