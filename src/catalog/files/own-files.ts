import { asCatalogError, hasCode } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { OWN_FOLDERS } from "../../core/naming/blob-key.ts";
import { baseName, isAbsolutePath, isInsidePath, parentPath } from "../../core/path.ts";
import { CatalogError } from "../../errors.ts";
import type { FileStat, FileSystem } from "../../ports/file-system.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { isOfCatalogInUse } from "./catalog-in-use.ts";
import { findRootKey, LONGEST_PLACEHOLDER } from "./kept-names.ts";
import { findPathBelow } from "./same-entry.ts";

/** What a caller wants to do with a file. */
export interface OwnFileUse {
  /** For the message: "Cannot <verb> ...". */
  readonly verb: string;
  /** What becomes of the file. */
  readonly transfer: "copy" | "move" | "hardlink" | "none";
}

/** What {@link OwnFiles} works with. */
export type OwnFilesContext = Pick<PlacingContext, "fs" | "store" | "settings">;

/** Looks for this catalog and for those that share its root. */
export async function createOwnFiles(context: OwnFilesContext): Promise<OwnFiles> {
  try {
    const catalogs: string[] = [];
    for (const path of [context.settings.catalogPath, ...(await listMarkedCatalogs(context))]) {
      if (!isAbsolutePath(path)) continue;
      // It may be called by a symlink: then its files lie beside what that leads to.
      catalogs.push(await realName(context.fs, path), await unlessHidden(() => context.fs.realPath(path), path));
    }
    return new OwnFiles(context, [...new Set(catalogs)]);
  } catch (error) {
    throw asCatalogError(error, { verb: "look at", path: context.store.root });
  }
}

/** By folder, whether it is a folder of ours, or one in which a catalog lies. */
type FolderKind = "ours" | "catalog" | "other";

/** Files that are nobody's to add: those of catalogs in use, under whatever name. */
export class OwnFiles {
  readonly #context: OwnFilesContext;
  /** Paths without symlinks. */
  readonly #catalogs: readonly string[];
  readonly #folders: readonly string[];
  readonly #kinds = new Map<string, Promise<FolderKind>>();
  #identities: Promise<ReadonlySet<string>> | undefined;

  /** `catalogs` are paths of catalog files, without symlinks. */
  constructor(context: OwnFilesContext, catalogs: readonly string[]) {
    this.#context = context;
    this.#catalogs = catalogs;
    this.#folders = Object.values(OWN_FOLDERS).map((name) => `${context.store.root}/${name}`);
  }

  /** Whether a real path is one of theirs by its name: a catalog, what lies beside it under that name, a folder of the root. */
  holds(path: string): boolean {
    return (
      this.#folders.some((folder) => isInsidePath(folder, path)) ||
      this.#catalogs.some((each) => path === each || path.startsWith(`${each}.`) || path.startsWith(`${each}-`))
    );
  }

  /** Whether a file is one of theirs, by its name, or as another name of the same file. */
  async has(path: string, stat: FileStat): Promise<boolean> {
    const { fs } = this.#context;
    const real = await fs.realPath(path);
    if (this.holds(real)) return true;
    const kind = await this.#kindOf(parentPath(real));
    if (kind === "ours") return true;
    if (stat.links > 1 || kind === "catalog") {
      this.#identities ??= this.#listIdentities();
      if ((await this.#identities).has(stat.identity) || (await this.#isCatalogNow(stat))) return true;
    }
    return isOfCatalogInUse(fs, real, stat);
  }

  /** Whether a file keeps the name of one that a collector took. */
  async #keepsName(path: string, { sizeBytes }: FileStat): Promise<boolean> {
    if (sizeBytes > LONGEST_PLACEHOLDER) return false;
    const key = await findRootKey(this.#context, path);
    return key !== undefined && (await this.#context.store.isKept(key));
  }

  /** Whether a file is the configuration that is in use. */
  async #isConfiguration(stat: FileStat): Promise<boolean> {
    const { fs, settings } = this.#context;
    const { configPath } = settings;
    return configPath !== undefined && (await findStat(fs, configPath))?.identity === stat.identity;
  }

  /** Why a file is no content, or is not to be moved, as the end of "... it ..."; `undefined` for all others. */
  async findObjection(path: string, stat: FileStat, transfer: OwnFileUse["transfer"]): Promise<string | undefined> {
    if (await this.has(path, stat)) return "belongs to a catalog that is in use";
    // What is registered where it lies is looked at when it was read.
    if (transfer !== "none" && (await this.#keepsName(path, stat)))
      return "keeps the name of what a collector has taken";
    const isInTheWay = transfer === "move" && (await this.#isConfiguration(stat));
    return isInTheWay ? "is the configuration file that is in use" : undefined;
  }

  /** Lets every other file pass. @throws {CatalogError} REFUSED for a file that is no content, or is not to be moved */
  async refuse(path: string, stat: FileStat, { verb, transfer }: OwnFileUse): Promise<void> {
    const what = await this.findObjection(path, stat, transfer).catch((error: unknown) => {
      throw asCatalogError(error, { verb, path });
    });
    if (what === undefined) return;
    throw new CatalogError("REFUSED", `Cannot ${verb} ${quote(path)}: it ${what}`, {
      details: { guard: "own files" },
      hint: "Leave it out. To keep a copy of a catalog, run catalog checkpoint and copy the file to another folder.",
    });
  }

  /** What a folder is, through whatever mount and in whatever case it is named. */
  #kindOf(folder: string): Promise<FolderKind> {
    let kind = this.#kinds.get(folder);
    if (kind === undefined) {
      if (this.#kinds.size >= MAX_FOLDERS) this.#kinds.clear();
      kind = this.#findKind(folder);
      this.#kinds.set(folder, kind);
    }
    return kind;
  }

  async #findKind(folder: string): Promise<FolderKind> {
    const { fs, store } = this.#context;
    const below = await unlessHidden(() => findPathBelow(fs, store.root, `${folder}/any`), undefined);
    const [first = ""] = below?.split("/") ?? [];
    if (Object.values<string>(OWN_FOLDERS).includes(first)) return "ours";
    const identity = (await findStat(fs, folder))?.identity;
    for (const catalog of this.#catalogs) {
      const theirs = await findStat(fs, parentPath(catalog));
      if (identity !== undefined && theirs?.identity === identity) return "catalog";
    }
    return "other";
  }

  /** The snapshot and log are replaced by others now and then. */
  async #isCatalogNow({ identity }: FileStat): Promise<boolean> {
    const { fs } = this.#context;
    for (const path of this.#catalogs.flatMap((catalog) => [catalog, `${catalog}.oplog`, `${catalog}.lock`])) {
      if ((await findStat(fs, path))?.identity === identity) return true;
    }
    return false;
  }

  /** All files of catalogs, and the markers. What is staged or in quarantine may be a second name of somebody's file. */
  async #listIdentities(): Promise<ReadonlySet<string>> {
    const { fs, store } = this.#context;
    const found = new Set<string>();
    const marked = await listFiles(fs, `${store.root}/${OWN_FOLDERS.marker}`);
    for (const path of marked) await note(fs, path, found);
    for (const catalog of this.#catalogs) {
      for (const path of await listFiles(fs, parentPath(catalog))) {
        if (!this.holds(path)) continue;
        await note(fs, path, found);
        if (path.endsWith(".d")) for (const inside of await listFiles(fs, path)) await note(fs, inside, found);
      }
    }
    return found;
  }
}

const MAX_FOLDERS = 10_000;

async function note(fs: FileSystem, path: string, identities: Set<string>): Promise<void> {
  const stat = await findStat(fs, path);
  if (stat?.kind === "file") identities.add(stat.identity);
}

/** What there is to be compared; what may not be looked at is nothing to compare with. */
async function findStat(fs: FileSystem, path: string): Promise<FileStat | undefined> {
  return unlessHidden(() => fs.stat(path), undefined);
}

async function listFiles(fs: FileSystem, folder: string): Promise<readonly string[]> {
  const start = folder.endsWith("/") ? folder : `${folder}/`;
  return unlessHidden(async () => {
    const names: string[] = [];
    if ((await fs.stat(folder))?.kind !== "directory") return names;
    for await (const page of fs.list(folder)) names.push(...page.map(({ name }) => start + name));
    return names;
  }, []);
}

async function unlessHidden<Result>(look: () => Promise<Result>, otherwise: Result): Promise<Result> {
  try {
    return await look();
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP", "ENOTCAPABLE")) return otherwise;
    throw error;
  }
}

/** The paths of the catalogs that use a root, as its markers say. */
async function listMarkedCatalogs({ fs, store }: OwnFilesContext): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const marker of await listFiles(fs, `${store.root}/${OWN_FOLDERS.marker}`)) {
    const path = await unlessHidden(async () => findMarkedPath(await fs.readFile(marker)), undefined);
    if (path !== undefined) paths.push(path);
  }
  return paths;
}

function findMarkedPath(marker: Uint8Array): string | undefined {
  try {
    const { path } = JSON.parse(new TextDecoder().decode(marker)) as { readonly path?: unknown };
    return typeof path === "string" ? path : undefined;
  } catch {
    // One that is not whole yet.
    return undefined;
  }
}

/** The real path of a file that may not be there yet, and is no symlink. */
async function realName(fs: FileSystem, path: string): Promise<string> {
  const parent = parentPath(path);
  const real = await unlessHidden(() => fs.realPath(parent), parent);
  return real.endsWith("/") ? real + baseName(path) : `${real}/${baseName(path)}`;
}
