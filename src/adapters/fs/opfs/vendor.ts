import { posixError } from "../posix-error.ts";

/** A folder of the origin private file system, as far as the adapter uses it (WHATWG File System). */
export interface OpfsDirectory {
  /** Fails with `NotFoundError` where it is not there, unless it is to be made. */
  getDirectoryHandle(name: string, options?: { readonly create?: boolean }): Promise<OpfsDirectory>;
  /** Fails with `NotFoundError` where it is not there, unless it is to be made. */
  getFileHandle(name: string, options?: { readonly create?: boolean }): Promise<OpfsFile>;
  /** A folder must be empty, unless `recursive`. */
  removeEntry(name: string, options?: { readonly recursive?: boolean }): Promise<void>;
  /** What is in the folder, in no order. */
  entries(): AsyncIterable<readonly [string, { readonly kind: "file" | "directory" }]>;
}

/** A file of it. The handle stands for the path, not for the file: after a rename it leads to nothing. */
export interface OpfsFile {
  /** Size in bytes and time of the last change in milliseconds since 1970. */
  getFile(): Promise<{ readonly size: number; readonly lastModified: number }>;
  /** Only in dedicated workers; one at a time, and none while the file is moved or removed. */
  createSyncAccessHandle(): Promise<OpfsAccess>;
  /** Replaces a file that is there, in one step. Every engine has it; the specification is to follow. */
  move(directory: OpfsDirectory, name: string): Promise<void>;
}

/** An open file; all calls are synchronous. */
export interface OpfsAccess {
  /** Reads at a position in bytes; gives how many came, which is 0 behind the end. */
  read(target: Uint8Array, options: { readonly at: number }): number;
  /** Writes at a position in bytes, which may be behind the end; gives how many were written. */
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  /** Size in bytes, with what was written through this handle. */
  getSize(): number;
  /** Cuts the file, or fills it up with zeros. */
  truncate(sizeBytes: number): void;
  /** Brings content and size onto the device. */
  flush(): void;
  /** Lets others open the file; closing twice is safe. */
  close(): void;
}

const CODES: ReadonlyMap<string, Parameters<typeof posixError>[0]> = new Map([
  ["NotFoundError", "ENOENT"],
  ["TypeMismatchError", "ENOTDIR"],
  ["InvalidModificationError", "ENOTEMPTY"],
  ["QuotaExceededError", "ENOSPC"],
  ["NoModificationAllowedError", "EBUSY"],
  ["NotAllowedError", "EACCES"],
  ["SecurityError", "EACCES"],
  // A name that the browser does not take.
  ["TypeError", "EINVAL"],
] as const);

/** What the browser threw, with the POSIX name of what happened. */
export function opfsError(error: unknown, operation: string, path: string): unknown {
  if (!(error instanceof Error) || ("code" in error && typeof error.code === "string")) return error;
  return Object.assign(posixError(CODES.get(error.name) ?? "EIO", operation, path), { cause: error });
}

/** Whether the browser says that nothing has this name. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && error.name === "NotFoundError";
}

/** Whether the browser says that a file has this name where a folder is wanted, or the other way round. */
export function isOtherKind(error: unknown): boolean {
  return error instanceof Error && error.name === "TypeMismatchError";
}

/** So long a browser may take to close the files of a page that is gone: their locks are free before that. */
const CLOSING_MS = 5000;

/** Does what needs a file that nobody has open, as soon as that is so. */
export async function whenClosed<Result>(work: () => Promise<Result>): Promise<Result> {
  for (const endMs = performance.now() + CLOSING_MS; ; ) {
    try {
      return await work();
    } catch (error) {
      const isOpen = error instanceof Error && error.name === "NoModificationAllowedError";
      if (!isOpen || performance.now() > endMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
