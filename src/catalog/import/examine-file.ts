import { asCatalogError, hasCode, isExhaustion } from "../../core/messages/file-error.ts";
import { isInsidePath } from "../../core/path.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { FileStat, FileSystem } from "../../ports/file-system.ts";
import { type HashFileContext, type HashFileOptions, hashFile, KEPT_REASON } from "../files/hash-file.ts";
import type { KeptNames } from "../files/kept-names.ts";
import type { OwnFiles } from "../files/own-files.ts";
import type { BaseDirectory } from "./base-directory.ts";

/** What {@link examineFile} works with. */
export interface ExamineScope extends Omit<HashFileOptions, "isKept"> {
  /** Where files are read, and what hashes them. */
  readonly context: HashFileContext;
  /** What paths are relative to, and have to stay below. */
  readonly base: BaseDirectory;
  /** Whether a file that the base directory does not contain is taken all the same. */
  readonly allowOutside: boolean;
  /** What is no content. @default there is nothing like that */
  readonly own?: OwnFiles | undefined;
  /** What is no content, either, in the root. @default there is no root */
  readonly kept?: KeptNames | undefined;
  /** Told about every file that was hashed. */
  readonly onFile?: (() => void) | undefined;
}

/** What is at a path that a line names. `path` is absolute, in the Unicode form that the file system has where that was seen. */
export type FileReport =
  | {
      readonly status: "present";
      readonly path: string;
      /** Size in bytes. */
      readonly bytes: number;
      /** `null` when hashing was not asked for. */
      readonly sha256: Sha256 | null;
      /** The real path of what a symlink leads to. */
      readonly target?: string | undefined;
    }
  | {
      readonly status: "gone" | "outside" | "own" | "unreadable" | "unstable";
      readonly path: string;
      /** Completes "The file <path> ...". */
      readonly reason: string;
    };

/** Why a file of a catalog in use is not registered. */
export const OWN_REASON = "belongs to a catalog that is in use";

/** What errors of one file mean. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "access is denied",
  EPERM: "access is denied",
  ELOOP: "its symlinks lead in a circle",
  ENAMETOOLONG: "its name is too long for the file system",
  EINVAL: "its name is none that the file system can have",
  EILSEQ: "its name is none that the file system can have",
  EIO: "the device failed",
  EISDIR: "it is a folder",
  ENXIO: "it is no regular file",
  ESTALE: "the server lost it",
  ETIMEDOUT: "the server did not answer",
};

/**
 * Looks at the file behind a path of a line: whether it is there, a regular file, and below the base directory; and
 * hashes it on request. Nothing but a regular file is ever opened, and nothing outside without `allowOutside`.
 */
export async function examineFile(
  scope: ExamineScope,
  writtenPath: string,
  options: { readonly hash: boolean },
): Promise<FileReport> {
  const path = scope.base.resolve(writtenPath);
  try {
    const found = await locate(scope, path);
    // Files that are made up when they are read (procfs, FUSE) say that they are empty: only reading tells.
    if (found.status !== "present") return found;
    const place = found.target ?? found.path;
    if (!options.hash && found.bytes > 0) {
      const isContent = (await scope.kept?.isContent(place, found.bytes)) ?? true;
      return isContent ? found : unstable(found.path, KEPT_REASON);
    }
    const isKept = async (): Promise<boolean> => (await scope.kept?.isKept(place)) ?? false;
    const hashed = await hashFile(scope.context, found.path, { ...scope, isKept });
    scope.onFile?.();
    if (!hashed.stable) return unstable(found.path, hashed.reason);
    return { ...found, bytes: hashed.sizeBytes, sha256: hashed.sha256 };
  } catch (error) {
    scope.signal?.throwIfAborted();
    if (hasCode(error, "ENOENT", "ENOTDIR")) return gone(path);
    const reason = findReason(error);
    if (reason === undefined) throw asCatalogError(error, { verb: "read", path });
    return { status: "unreadable", path, reason: `cannot be read: ${reason}` };
  }
}

function unstable(path: string, reason: string): FileReport {
  return { status: "unstable", path, reason: `cannot be trusted: ${reason}` };
}

async function locate(scope: ExamineScope, wanted: string): Promise<FileReport> {
  const { base, allowOutside, context } = scope;
  if (!allowOutside && !base.holdsName(wanted) && !(await base.holdsFolderOf(wanted))) return outside(base, wanted);
  const named = await findInEitherForm(context.fs, base, wanted);
  if (named === undefined) return gone(wanted);
  const { path } = named;
  const symlink = named.stat.kind === "symlink";
  const stat = symlink ? await context.fs.stat(path) : named.stat;
  if (stat === undefined) return gone(path);
  if (!allowOutside && !(await base.holdsFile(path, symlink))) return outside(base, path);
  if (stat.kind === "directory") return { status: "unreadable", path, reason: "is a folder" };
  if (stat.kind !== "file") return { status: "unreadable", path, reason: "is no regular file" };
  if (await scope.own?.has(path, stat)) return { status: "own", path, reason: OWN_REASON };
  const target = symlink ? { target: await context.fs.realPath(path) } : {};
  return { status: "present", path, bytes: stat.sizeBytes, sha256: null, ...target };
}

/** What has this name, or a path that differs from it only in how accents are put together (Unicode NFC, NFD). */
async function findInEitherForm(
  fs: FileSystem,
  base: BaseDirectory,
  wanted: string,
): Promise<{ path: string; stat: FileStat } | undefined> {
  // The folder itself is where it is; only what the manifest adds may have been written in another way.
  const start = isInsidePath(base.path, wanted) ? base.path : "";
  const rest = wanted.slice(start.length);
  const forms = new Set([wanted, start + rest.normalize("NFC"), start + rest.normalize("NFD")]);
  for (const path of forms) {
    const stat = await fs.lstat(path);
    if (stat !== undefined) return { path, stat };
  }
  // Only where there are accents, and they may be put together in another way in each name.
  return forms.size === 1 ? undefined : findByNames(fs, start, rest.split("/").slice(1));
}

/** Looks for a path name by name, as each folder lists its names. Of twins that differ in nothing else the first that leads on. */
async function findByNames(
  fs: FileSystem,
  folder: string,
  [name = "", ...rest]: readonly string[],
): Promise<{ path: string; stat: FileStat } | undefined> {
  for (const listed of await listTwins(fs, folder, name)) {
    const path = `${folder}/${listed}`;
    const stat = await fs.lstat(path);
    if (stat === undefined) continue;
    const found = rest.length === 0 ? { path, stat } : await findByNames(fs, path, rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The names in a folder that are `name` but for its normal form, itself first. Names without accents are not looked for. */
async function listTwins(fs: FileSystem, folder: string, name: string): Promise<readonly string[]> {
  const plain = name.normalize("NFC");
  if (plain === name && plain === name.normalize("NFD")) return [name];
  const twins: string[] = [];
  if ((await fs.stat(folder === "" ? "/" : folder))?.kind !== "directory") return twins;
  for await (const page of fs.list(folder === "" ? "/" : folder)) {
    for (const entry of page) if (entry.name.normalize("NFC") === plain) twins.push(entry.name);
  }
  return twins.sort((one, other) => Number(other === name) - Number(one === name));
}

function gone(path: string): FileReport {
  return { status: "gone", path, reason: "is not there" };
}

function outside(base: BaseDirectory, path: string): FileReport {
  const how = base.holdsName(path) ? " through a symlink" : "";
  return { status: "outside", path, reason: `lies outside the base directory${how}` };
}

/** `undefined` for what is trouble of the whole import, like too many open files or a permission that Deno lacks. */
function findReason(error: unknown): string | undefined {
  const isOfFile = error instanceof Error && "code" in error && typeof error.code === "string";
  if (!isOfFile || isExhaustion(error) || hasCode(error, "ENOTCAPABLE")) return undefined;
  const code = String(error.code);
  return `${REASONS[code] ?? "the file system failed"} (${code})`;
}
