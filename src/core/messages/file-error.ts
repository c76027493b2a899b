import { CatalogError, isCatalogError } from "../../errors.ts";
import { parentPath } from "../path.ts";
import { escapeControls, quote } from "./quote.ts";

/** Whether `error` carries one of the POSIX `codes`, like `ENOENT`, as every file-system port's errors do. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(error.code as string);
}

/** Whether `error` says that the process or the machine has no more of something: no file is to blame for that. */
export function isExhaustion(error: unknown): boolean {
  return hasCode(error, "EMFILE", "ENFILE", "ENOMEM");
}

/** What failed, for the message of {@link asCatalogError}: "Cannot <verb> "<path>": ...". */
export interface FileAction {
  /** In its plain form, for example "read". */
  readonly verb: string;
  /** As it was asked for; quoted in the message. */
  readonly path: string;
}

/** What an error says beside its start, which names the action, and what to do about it. */
interface Explanation {
  readonly code: "NOT_FOUND" | "PERMISSION" | "READ_ONLY" | "NO_SPACE" | "UNSUPPORTED";
  readonly what: string;
  readonly hint: string;
}

const MISSING: Explanation = {
  code: "NOT_FOUND",
  what: "there is no such file or folder",
  hint: "Check the path for typing errors.",
};
const DENIED: Explanation = {
  code: "PERMISSION",
  what: "the operating system denied access",
  hint: "Check owner and mode of it and of the folders above it, or run as a user who may.",
};
const NOT_ALLOWED: Explanation = {
  code: "PERMISSION",
  what: "the runtime was not given the permission",
  hint: "Start Deno with --allow-read and --allow-write of the root and of the folder of the catalog.",
};
const READ_ONLY: Explanation = {
  code: "READ_ONLY",
  what: "the file system is read-only",
  hint: "Mount it writable, or name another place.",
};
const FULL: Explanation = {
  code: "NO_SPACE",
  what: "no space is left for it",
  hint: "Free some space and run the same command again; nothing that was acknowledged is lost.",
};
const APART: Explanation = {
  code: "UNSUPPORTED",
  what: "it lies on another file system than what is to go there",
  hint: "Keep the whole root on one file system, with nothing mounted below it; nothing was stored.",
};

/** What is known about POSIX errors; all others are `BACKEND`. */
const EXPLANATIONS: ReadonlyMap<string, Explanation> = new Map([
  ["ENOENT", MISSING],
  ["ENOTDIR", MISSING],
  ["EACCES", DENIED],
  ["EPERM", DENIED],
  ["ENOTCAPABLE", NOT_ALLOWED],
  ["EROFS", READ_ONLY],
  ["ENOSPC", FULL],
  ["EDQUOT", FULL],
  ["EFBIG", FULL],
  ["EXDEV", APART],
]);

/** The {@link CatalogError} for an error of a file-system port; other errors of ours and aborts come back unchanged. */
export function asCatalogError(error: unknown, { verb, path }: FileAction): unknown {
  if (isCatalogError(error) || !(error instanceof Error) || !("code" in error) || typeof error.code !== "string") {
    return error;
  }
  const start = `Cannot ${verb} ${quote(path)}`;
  const known = EXPLANATIONS.get(error.code);
  if (known === DENIED) return denied(error, { verb, path, code: error.code });
  if (known) {
    const { code, what, hint } = known;
    return new CatalogError(code, `${start}: ${what} (${error.code})`, {
      details: { what: verb, path },
      cause: error,
      hint,
    });
  }
  const details = { what: error.code, path };
  return new CatalogError("BACKEND", `${start}: ${error.code}, ${error.message}`, { details, cause: error });
}

/** Names the file that stands in the way, which may lie beside the one that was asked for, and how it is made usable. */
function denied(
  error: Error,
  { verb, path, code }: FileAction & { readonly code: string },
): CatalogError<"PERMISSION"> {
  const barrier = "path" in error && typeof error.path === "string" ? error.path : path;
  const syscall = "syscall" in error ? error.syscall : undefined;
  const where = barrier === path ? "" : ` to ${quote(barrier)}`;
  return new CatalogError("PERMISSION", `Cannot ${verb} ${quote(path)}: ${DENIED.what}${where} (${code})`, {
    details: { path: barrier },
    cause: error,
    hint: isWindowsPath(barrier) ? DENIED.hint : `${DENIED.hint} ${howToOpen(barrier, syscall)}`,
  });
}

/** What may be done with a name is for the folder to say. */
const CALLS_ON_NAMES: readonly unknown[] = ["mkdir", "rmdir", "rename", "link", "unlink"];

/** For a POSIX shell. */
function howToOpen(path: string, syscall: unknown): string {
  const isOfFolder = CALLS_ON_NAMES.includes(syscall);
  const word = `'${escapeControls(isOfFolder ? parentPath(path) : path).replaceAll("'", "'\\''")}'`;
  const fix = `sudo chown "$(id -un)" ${word} && chmod u+rw${isOfFolder ? "x" : ""} ${word}`;
  return `If it is to be yours: ${fix}${isOfFolder ? "" : " (where it is not there yet, the folder above it)"}`;
}

function isWindowsPath(path: string): boolean {
  return /^[A-Za-z]:/.test(path);
}
