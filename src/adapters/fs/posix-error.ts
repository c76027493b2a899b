import { quote } from "../../core/messages/quote.ts";

const MESSAGES = {
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
} as const;

/** The error of a file operation, worded as Node words it. */
export function posixError(code: keyof typeof MESSAGES, operation: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${MESSAGES[code]}, ${operation} ${quote(path)}`), { code });
}
