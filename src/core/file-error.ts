import { CatalogError, isCatalogError } from "../errors.ts";
import { quote } from "./quote.ts";

/** Whether `error` carries one of the POSIX `codes`, like `ENOENT`, as every file-system port's errors do. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(error.code as string);
}

/** What failed, for the message of {@link asCatalogError}: "Cannot <verb> "<path>": ...". */
export interface FileAction {
  readonly verb: string;
  readonly path: string;
}

/** The {@link CatalogError} for an error of a file-system port; other errors of ours and aborts come back unchanged. */
export function asCatalogError(error: unknown, action: FileAction): unknown {
  if (isCatalogError(error) || !(error instanceof Error) || !("code" in error) || typeof error.code !== "string") {
    return error;
  }
  const cause = error;
  const { path } = action;
  const start = `Cannot ${action.verb} ${quote(path)}`;
  switch (error.code) {
    case "ENOENT":
    case "ENOTDIR":
      return new CatalogError("NOT_FOUND", `${start}: there is no such file or folder`, {
        details: { what: action.verb, path },
        cause,
        hint: "Check the path for typing errors.",
      });
    case "EACCES":
    case "EPERM":
      return new CatalogError("PERMISSION", `${start}: the operating system denied access (${error.code})`, {
        details: { path },
        cause,
        hint: "Check owner and mode, or run as a user who may.",
      });
    case "EROFS":
      return new CatalogError("READ_ONLY", `${start}: the file system is read-only`, {
        details: { path },
        cause,
        hint: "Mount it writable, or name another place.",
      });
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return new CatalogError("NO_SPACE", `${start}: no space is left for it (${error.code})`, {
        details: { path },
        cause,
        hint: "Free some space and run the same command again; nothing that was acknowledged is lost.",
      });
    default:
      return new CatalogError("BACKEND", `${start}: ${error.code}, ${error.message}`, {
        details: { what: error.code, path },
        cause,
      });
  }
}
