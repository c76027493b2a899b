import { asCatalogError } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { FOLDERS_OF_HOMES, USUAL_HOMES } from "../../core/naming/usual-homes.ts";
import { isAbsolutePath, isInsidePath, normalizePath, parentPath } from "../../core/path.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import { CatalogError } from "../../errors.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { endsPath, joinName, RealFolders } from "../files/real-folders.ts";
import { selectAnythingOnRecord } from "./guards-statements.ts";
import { findNewestTime } from "./newest-time.ts";

/** A clock that is earlier by more than this than what it wrote is not to be trusted, in milliseconds. */
const CLOCK_TOLERANCE_MS = 3_600_000;

/** What {@link refuseRoot} works with. */
export interface RefuseRootContext {
  /** Where symlinks are followed. */
  readonly fs: FileSystem;
  /** The root. */
  readonly store: Pick<BlobStore, "root">;
  /** Path or URL of the catalog, without credentials; empty for one in memory. */
  readonly catalogPath: string;
  /** Home folders that may be looked at, and folders of homes; the usual ones are known by name in any case. @default none */
  readonly homes?: readonly string[] | undefined;
}

/**
 * Passes when a root can be nothing but a root.
 * @throws {CatalogError} REFUSED (`root`) for `/`, a home folder, a folder above one, and one that holds the catalog's own
 * files
 */
export async function refuseRoot(context: RefuseRootContext): Promise<void> {
  try {
    await lookAtRoot(context);
  } catch (error) {
    throw asCatalogError(error, { verb: "look at", path: context.store.root });
  }
}

async function lookAtRoot(context: RefuseRootContext): Promise<void> {
  const { store, catalogPath } = context;
  if (!isAbsolutePath(store.root)) return;
  const folders = new RealFolders(context.fs);
  const root = await folders.findNearest(normalizePath(store.root));
  const hint = "Use a folder that holds nothing but what the catalog stores: name it with --root.";
  if (root === parentPath(root))
    throw guardError(store.root, { guard: "root", reason: "it is the root of a file system", hint });
  const home = await findHomeBelow(context, root);
  if (home !== undefined) {
    const isOne = home === root && !FOLDERS_OF_HOMES.includes(home);
    const reason = isOne ? "it is a home folder" : `it holds home folders, as ${quote(home)}`;
    throw guardError(store.root, { guard: "root", reason, hint });
  }
  if (!isAbsolutePath(catalogPath)) return;
  const path = normalizePath(catalogPath);
  const places = [await folders.findNearest(path), await folders.findNearest(parentPath(path))];
  if (!places.some((place) => isInsidePath(root, place))) return;
  throw guardError(store.root, {
    guard: "root",
    reason: `it holds the catalog ${quote(catalogPath)} itself`,
    hint: `${hint} Or move the catalog out of it, and name its new place with --catalog.`,
  });
}

/** A home folder that is `root`, or below it. */
async function findHomeBelow({ fs, homes = [] }: RefuseRootContext, root: string): Promise<string | undefined> {
  const folders = new RealFolders(fs);
  const named = USUAL_HOMES.find((home) => isInsidePath(root, home));
  if (named !== undefined) return named;
  if (FOLDERS_OF_HOMES.includes(parentPath(root))) return root;
  for (const home of homes) {
    if (!isAbsolutePath(home)) continue;
    const real = await folders.findNearest(normalizePath(home));
    // A user without a home has the root of the file system for one.
    if (real !== parentPath(real) && isInsidePath(root, real)) return real;
    if (!FOLDERS_OF_HOMES.includes(home)) continue;
    if (real === parentPath(root)) return root;
    for (const link of await listLinks(fs, home)) {
      const linked = await folders.findNearest(link);
      if (linked !== link && isInsidePath(root, linked)) return linked;
    }
  }
  return undefined;
}

/** The symlinks in a folder. Only they lead elsewhere; to look at more could mount all homes of a company. */
async function listLinks(fs: FileSystem, folder: string): Promise<readonly string[]> {
  const links: string[] = [];
  try {
    for await (const page of fs.list(folder)) {
      for (const { name, kind } of page) if (kind === "symlink") links.push(joinName(folder, name));
    }
  } catch (error) {
    if (!endsPath(error)) throw error;
  }
  return links;
}

/** What {@link refuseClock} works with. */
export interface RefuseClockContext {
  /** The catalog. */
  readonly sql: SqlEngine;
  /** The root, for the message. */
  readonly store: Pick<BlobStore, "root">;
  /** What it is now. */
  readonly clock: Clock;
}

/**
 * Passes when the clock is not behind what it wrote itself, into rows, removals, leases, orphans and the trash; what was
 * adopted does not count. Goes once through the documents.
 * @throws {CatalogError} REFUSED (`clock`) when it is by more than an hour
 */
export async function refuseClock({ sql, store, clock }: RefuseClockContext): Promise<void> {
  const newest = await findNewestTime(sql, formatTimestamp(clock.now() + CLOCK_TOLERANCE_MS));
  // While the catalog was asked others went on, for hours if this process was stopped.
  const now = clock.now();
  if (newest === undefined || newest <= formatTimestamp(now + CLOCK_TOLERANCE_MS)) return;
  const reason = `the clock says ${formatTimestamp(now)}, and the catalog was written at ${newest}`;
  throw guardError(store.root, {
    guard: "clock",
    reason,
    hint: 'Set the clock right; if it was wrong when the catalog was written, run "catalog init --adopt".',
  });
}

/** What {@link refuseEmptyCatalog} works with. */
export interface RefuseEmptyCatalogContext {
  /** The catalog. */
  readonly sql: SqlEngine;
  /** The root. */
  readonly store: Pick<BlobStore, "root" | "list">;
  /** Path or URL of the catalog, without credentials; empty for one in memory. */
  readonly catalogPath: string;
}

/**
 * Passes when the catalog has, or had, anything, or there is no file in the root.
 * @throws {CatalogError} REFUSED (`empty catalog`)
 */
export async function refuseEmptyCatalog({ sql, store, catalogPath }: RefuseEmptyCatalogContext): Promise<void> {
  if ((await sql.query(selectAnythingOnRecord(), { fresh: true })).length > 0) return;
  for await (const page of store.list()) {
    const found = page.find(({ kind }) => kind === "blob");
    if (found === undefined) continue;
    throw guardError(store.root, {
      guard: "empty catalog",
      reason: `the catalog ${quote(catalogPath)} is empty and always was, and there are files, as ${quote(found.key ?? "")}`,
      hint: "Name the catalog that stored them with --catalog, or another root with --root.",
    });
  }
}

/** What {@link refuseHalf} compares. */
export interface HalfOptions {
  /** How many files there are, and how many would go. */
  readonly files: { readonly all: number; readonly going: number };
  /** How many bytes they have. */
  readonly bytes: { readonly all: number; readonly going: number };
}

/**
 * Passes when at least half of the files, and of their bytes, stay.
 * @throws {CatalogError} REFUSED (`half`)
 */
export function refuseHalf(store: Pick<BlobStore, "root">, { files, bytes }: HalfOptions): void {
  const isHalf = [files, bytes].some(({ all, going }) => going * 2 > all);
  if (!isHalf) return;
  const reason = `${files.going} of ${files.all} files would go, ${bytes.going} of ${bytes.all} bytes: more than half`;
  throw guardError(store.root, { guard: "half", reason, hint: "If that is what you want, run it again with --force." });
}

interface Refusal {
  readonly guard: string;
  readonly reason: string;
  readonly hint: string;
}

function guardError(root: string, { guard, reason, hint }: Refusal): CatalogError<"REFUSED"> {
  return new CatalogError("REFUSED", `Cannot collect ${quote(root)}: ${reason}`, {
    details: { guard, path: root },
    hint,
  });
}
