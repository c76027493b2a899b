/** An error with the POSIX name of what happened. */
export interface PosixError extends Error {
  /** As POSIX calls it, for example `ENOENT`. */
  readonly code: string;
}

/** Codes for the errors that Deno raises itself; those of the operating system carry theirs. */
const CODES: ReadonlyMap<string, string> = new Map([
  ["NotCapable", "ENOTCAPABLE"],
  ["BadResource", "EBADF"],
  ["NotFound", "ENOENT"],
  ["AlreadyExists", "EEXIST"],
  ["NotADirectory", "ENOTDIR"],
  ["IsADirectory", "EISDIR"],
  ["PermissionDenied", "EACCES"],
  ["FilesystemLoop", "ELOOP"],
  ["NotSupported", "ENOTSUP"],
  ["Busy", "EBUSY"],
  ["Interrupted", "EINTR"],
]);

/** The error for something that was found out without the operating system. */
export function posixError(code: string, message: string): PosixError {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}

/** What Deno threw, with a `code` in any case. */
export function denoFileError(error: unknown): PosixError {
  if (!(error instanceof Error)) return Object.assign(new Error(String(error)), { code: "EIO" });
  const known = "code" in error && typeof error.code === "string" ? error.code : CODES.get(error.name);
  return Object.assign(error, { code: known ?? "EIO" });
}
