import type { Entropy } from "../../ports/entropy.ts";
import type { ProcessIdentity, ProcessTable } from "../../ports/process.ts";
import { holdLock, type WebLocks } from "../web-locks.ts";

/** Options of {@link openWebLockProcessTable}. */
export interface WebLockProcessTableOptions {
  /** `navigator.locks`. */
  readonly locks: WebLocks;
  /** What the locks of all pages of the origin begin with. */
  readonly scope: string;
  /** Gives what tells this page from a later one. */
  readonly entropy: Entropy;
}

/** A {@link ProcessTable} of pages and workers. */
export interface WebLockProcessTable extends ProcessTable {
  /** Ends this process, as far as others see. */
  close(): Promise<void>;
}

/**
 * The pages and workers of an origin as processes: each holds a Web Lock of its own, which the browser frees when it is
 * gone, however it went. That is found out in the background: the first question about somebody is answered with
 * `undefined`, and a later one with `false` when they are gone.
 */
export async function openWebLockProcessTable(options: WebLockProcessTableOptions): Promise<WebLockProcessTable> {
  const { locks, scope, entropy } = options;
  const lockOf = (startedAt: string): string => `${scope} process ${startedAt}`;
  const startedAt = entropy.nonce();
  const self: ProcessIdentity = Object.freeze({ host: scope, bootId: null, pid: null, startedAt });
  const gone = new Set<string>();
  const release = await holdLock(locks, lockOf(startedAt), { mode: "exclusive" });
  return {
    self: () => self,
    endIsSeen: true,
    isAlive: (identity) => {
      if (identity.host !== scope || identity.startedAt === null) return undefined;
      if (identity.startedAt === startedAt) return true;
      const other = identity.startedAt;
      if (gone.has(other)) return false;
      void locks.request(lockOf(other), { mode: "shared", ifAvailable: true }, async (lock) => {
        if (lock !== null) gone.add(other);
      });
      return undefined;
    },
    close: async () => release?.(),
  };
}
