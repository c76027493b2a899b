import { quote } from "../../core/messages/quote.ts";

/** What a call of POSIX can fail with, as far as file systems of ours fail by themselves. */
export type PosixCode =
  | "EACCES"
  | "EBADF"
  | "EBUSY"
  | "EEXIST"
  | "EINVAL"
  | "EIO"
  | "EISDIR"
  | "ENAMETOOLONG"
  | "ENOENT"
  | "ENOSPC"
  | "ENOTDIR"
  | "ENOTEMPTY"
  | "ENOTSUP"
  | "EPERM"
  | "ESTALE"
  | "EXDEV";

const MESSAGES: Readonly<Record<PosixCode, string>> = {
  EACCES: "permission denied",
  EBADF: "bad file descriptor",
  EBUSY: "resource busy or locked",
  EEXIST: "file already exists",
  EINVAL: "invalid argument",
  EIO: "input/output error",
  EISDIR: "illegal operation on a directory",
  ENAMETOOLONG: "name too long",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on device",
  ENOTDIR: "not a directory",
  ENOTEMPTY: "directory not empty",
  ENOTSUP: "operation not supported",
  EPERM: "operation not permitted",
  ESTALE: "stale file handle",
  EXDEV: "cross-device link not permitted",
};

/** The error of a file operation, worded as Node words it. */
export function posixError(code: PosixCode, operation: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${MESSAGES[code]}, ${operation} ${quote(path)}`), { code });
}
