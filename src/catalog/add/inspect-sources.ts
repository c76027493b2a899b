import { asCatalogError } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { baseName, parentPath } from "../../core/path.ts";
import { CatalogError } from "../../errors.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import { restoreRemoved } from "../files/remove-unchanged.ts";
import type { AddMeta, AddSource, OpenableSource, PathSource } from "./add-options.ts";

/** A source that was looked at. `path` is real: there is no symlink on it. */
export type InspectedSource =
  | {
      readonly kind: "file";
      readonly path: string;
      /** As it was named. */
      readonly name: string;
      readonly sizeBytes: number;
      readonly isSymlink: boolean;
      readonly meta: AddMeta;
    }
  | { readonly kind: "folder"; readonly path: string; readonly name: string; readonly meta: AddMeta }
  | { readonly kind: "elsewhere"; readonly source: OpenableSource };

/**
 * Looks at what is to be added, before anything is done.
 * @throws {CatalogError} NOT_FOUND, PERMISSION when a path leads nowhere; REFUSED for special files
 */
export async function inspectSources(
  fs: FileSystem,
  sources: readonly AddSource[],
): Promise<readonly InspectedSource[]> {
  const inspected: InspectedSource[] = [];
  for (const source of sources) {
    if ("open" in source) inspected.push({ kind: "elsewhere", source });
    else inspected.push(await inspectPath(fs, source));
  }
  return inspected;
}

async function inspectPath(fs: FileSystem, { path: given, meta = {} }: PathSource): Promise<InspectedSource> {
  try {
    let named = await fs.lstat(given);
    if (named === undefined && (await restoreRemoved(fs, given))) named = await fs.lstat(given);
    const found = await fs.stat(given);
    if (named === undefined || found === undefined) throw missing(given, named !== undefined);
    if (await hasUnnameableTwin(fs, given)) throw ambiguous(given);
    const path = await fs.realPath(given);
    const name = baseName(given);
    const isSymlink = named.kind === "symlink";
    if (found.kind === "directory") return { kind: "folder", path, name, meta };
    if (found.kind === "file") return { kind: "file", path, name, sizeBytes: found.sizeBytes, isSymlink, meta };
  } catch (error) {
    throw asCatalogError(error, { verb: "add", path: given });
  }
  throw new CatalogError("REFUSED", `Cannot add ${quote(given)}: it is a special file`, {
    details: { guard: "regular file" },
    hint: 'To add what comes out of a pipe, let it come in by standard input, which is "-".',
  });
}

/**
 * Whether a path may have been meant for something whose name is no valid UTF-8: what hands it over, like a shell, gives
 * bytes, and the runtime makes U+FFFD of those that it cannot read.
 */
async function hasUnnameableTwin(fs: FileSystem, path: string): Promise<boolean> {
  const parent = parentPath(path);
  if (!path.includes("\ufffd") || parent === path) return false;
  for await (const page of fs.list(parent)) {
    if (page.some(({ name, unnameable }) => unnameable === true && name === baseName(path))) return true;
  }
  return hasUnnameableTwin(fs, parent);
}

function ambiguous(path: string): CatalogError {
  const what = "beside it is something whose name is no valid UTF-8 and looks the same";
  return new CatalogError("REFUSED", `Cannot add ${quote(path)}: ${what}`, {
    details: { guard: "name" },
    hint: "Rename the other one, or add the folder with recursive, which tells them apart.",
  });
}

function missing(path: string, isLink: boolean): CatalogError {
  const what = isLink ? "it is a symlink that leads nowhere" : "there is no such file or folder";
  return new CatalogError("NOT_FOUND", `Cannot add ${quote(path)}: ${what}`, {
    details: { what: "file", path },
    hint: "Check the path for typing errors.",
  });
}
