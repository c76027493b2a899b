import type { FileHandle, FileSystem } from "../ports/file-system.ts";

/** A call of the port: those of an open file are `read`, `write`, `fstat`, `sync`, `setAccess` and `close`. */
export type FileOperation = Exclude<keyof FileSystem, "capabilities"> | Exclude<keyof FileHandle, "stat"> | "fstat";

/** One call that was made. */
export interface FileCall {
  /** Which call it was. */
  readonly operation: FileOperation;
  /** For a call of an open file the path it was opened by; for two paths the first. */
  readonly path: string;
}

/** What goes wrong, and when. */
export interface FaultPlan {
  /** Which call fails, counted from 1. @default none: the calls are only counted */
  readonly failAt?: number | undefined;
  /** Only calls of these operations are counted and can fail. @default all */
  readonly operations?: readonly FileOperation[] | undefined;
  /** POSIX name of the error. @default "EIO" */
  readonly code?: string | undefined;
  /** Whether all counted calls after it fail too. @default "once" */
  readonly repeat?: "once" | "forever" | undefined;
  /**
   * - `before`: the call does nothing and throws (a `close` closes all the same).
   * - `after`: the call takes effect, and throws; a file that it opened is closed again.
   * - `torn`: a `write` writes the first half and throws; other calls are as with `before`.
   * - `short`: no error, but a `read` or `write` moves only the first half (of one byte, that byte); other calls are
   *   untouched.
   * - `change`: no error, but somebody else does {@link FaultPlan.change} just before the call, which then goes on.
   * @default "before"
   */
  readonly effect?: "before" | "after" | "torn" | "short" | "change" | undefined;
  /** What somebody else does, with the effect `change`. It works on the files themselves, and is not counted. */
  readonly change?: ((call: FileCall) => Promise<void>) | undefined;
}
