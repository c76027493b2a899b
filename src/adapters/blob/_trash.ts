import { quote } from "../../core/messages/quote.ts";
import { type BlobKey, OWN_FOLDERS, parseBlobKey } from "../../core/naming/blob-key.ts";
import { inPages } from "../../core/pages.ts";
import { parentPath } from "../../core/path.ts";
import { CatalogError } from "../../errors.ts";
import type { BlobWriter, TakenBlob, TakeOptions } from "../../ports/blob-store.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import { listFiles } from "./_list-files.ts";
import type { NameTaker } from "./_name-taker.ts";
import { encodePlaceholder, type Placeholders } from "./_placeholders.ts";
import type { StagedFiles } from "./_staged-files.ts";
import type { Folders } from "./folders.ts";
import { parseStagingName } from "./naming/staging-name.ts";
import { type NamedFile, wasTaken } from "./trash/was-taken.ts";

/** What {@link Trash} works with. */
export interface TrashOptions {
  /** Where the bytes are, and where they go. */
  readonly fs: FileSystem;
  /** Makes and syncs the folders of the trash. */
  readonly folders: Folders;
  /** Gives names without replacing. */
  readonly names: NameTaker;
  /** Tells what keeps a name. */
  readonly placeholders: Placeholders;
  /** Where a placeholder is before it has its name. */
  readonly staged: StagedFiles;
  /** Begins to write one. */
  readonly stage: () => Promise<BlobWriter>;
}

/** What people may still want back lies apart from what a run is about to decide on. */
const KEPT = "kept-";

/** Blobs on their way out: `.trash/<run>/<key>`. */
export class Trash {
  readonly #options: TrashOptions;

  /** Makes no folder before there is something to put into it. */
  constructor(options: TrashOptions) {
    this.#options = options;
  }

  /**
   * Makes sure that a file that was given a name in the root has it; `false` when somebody has taken it from there by now.
   * @throws {CatalogError} REFUSED when its folder was swapped for a symlink
   */
  confirmNamed(file: NamedFile): Promise<boolean> {
    const { folders } = this.#options;
    return folders.confirmUnlessTaken(file.key, { own: file.own, wasTaken: () => wasTaken(this.#options, file) });
  }

  /** Moves a blob here if it is the one that was found. */
  async take(key: BlobKey, { found, run, keepName }: TakeOptions): Promise<TakenBlob | undefined> {
    const { fs, folders, names, staged } = this.#options;
    const taken = { ...placeInTrash(run, key), stat: found };
    const [from, to] = [folders.pathOf(key), folders.pathOf(taken.at)];
    if ((await fs.lstat(to)) !== undefined) throw takenAlready(from);
    // It is ready before the name is free.
    const placeholder = keepName ? await this.#stagePlaceholder(run) : undefined;
    try {
      const isMoved = await folders.within(taken.at, () => names.moveFound(from, { to, found }));
      if (!isMoved) {
        await this.#dropEmpty(to);
        await this.#tidy(taken);
        return undefined;
      }
      await this.#orGiveBack(taken, async () => {
        // Of what landed elsewhere nothing is removed.
        await folders.confirm(taken.at, async () => undefined);
        if (placeholder !== undefined) await this.#placePlaceholder(key, placeholder);
        await folders.syncName(taken.at);
      });
      return taken;
    } finally {
      if (placeholder !== undefined) await Promise.allSettled([staged.remove(placeholder)]);
    }
  }

  /** Gives a blob the name `key`: that which it had, over the placeholder of its run if that keeps it, or another. */
  async giveBack(taken: TakenBlob, key: BlobKey = taken.key): Promise<"back" | "taken"> {
    const { fs, folders, names, staged } = this.#options;
    const [from, to] = [folders.pathOf(taken.at), folders.pathOf(key)];
    const { canonicalKeys } = folders;
    const isOther = canonicalKeys.comparable(key) !== canonicalKeys.comparable(taken.key);
    const own = await fs.lstat(from);
    if (own === undefined) throw missing(from);
    const take = (): Promise<boolean> => (isOther ? this.#takeOther(taken, to) : names.take(from, to));
    if (await folders.within(key, take)) {
      // Where it has one name only, it had it back.
      if (!(await this.confirmNamed({ key, from, own })) && (await fs.lstat(from)) !== undefined) return "taken";
    } else if (!isOther && (await this.#keepsName(taken))) await fs.rename(from, to);
    else if (!(await this.#isSameFile(from, to))) return "taken";
    await folders.syncName(key);
    if (isOther) await this.#freeName(taken);
    await staged.remove(from);
    await this.#tidy(taken);
    return "back";
  }

  /**
   * Gives a blob another name than the one that it had. Where it cannot have two at once, what keeps the old one goes
   * first: nobody would know of it after a crash, as nothing would be in the trash.
   */
  async #takeOther(taken: TakenBlob, to: string): Promise<boolean> {
    const { fs, folders, names } = this.#options;
    const from = folders.pathOf(taken.at);
    const linked = await names.link(from, to);
    if (linked !== "impossible") return linked === "done";
    if ((await fs.lstat(to)) !== undefined) return false;
    await this.#freeName(taken);
    return names.take(from, to);
  }

  /** Moves a blob to what people may still want back. */
  async keep(taken: TakenBlob): Promise<TakenBlob> {
    if (taken.kept) return taken;
    const { folders } = this.#options;
    const kept = { ...placeInTrash(taken.run, taken.key, KEPT), stat: taken.stat };
    const [from, to] = [folders.pathOf(taken.at), folders.pathOf(kept.at)];
    await this.#freeName(taken);
    if (!(await this.#nameKept(from, kept.at))) throw takenAlready(to);
    await folders.syncName(kept.at);
    await this.#options.staged.remove(from);
    await this.#tidy(taken);
    return kept;
  }

  /** Deletes a blob. */
  async drop(taken: TakenBlob): Promise<void> {
    await this.#freeName(taken);
    await this.#options.staged.remove(this.#options.folders.pathOf(taken.at));
    await this.#tidy(taken);
  }

  /** What lies here, of all runs. */
  async *list(): AsyncGenerator<readonly TakenBlob[], void, undefined> {
    const { fs, folders } = this.#options;
    if (!(await folders.exist(`${OWN_FOLDERS.trash}/any`))) return;
    const runs: string[] = [];
    for await (const page of fs.list(folders.pathOf(OWN_FOLDERS.trash))) {
      runs.push(...page.filter(({ kind }) => kind === "directory").map(({ name }) => name));
    }
    for (const name of runs) yield* this.#listRun(name);
  }

  /** What a run took from a name, or kept of it. */
  async find(run: string, key: BlobKey): Promise<TakenBlob | undefined> {
    if (parseStagingName(run) === undefined) return undefined;
    const { fs, folders } = this.#options;
    for (const prefix of ["", KEPT] as const) {
      const place = placeInTrash(run, key, prefix);
      if (!(await folders.leadTo(place.at))) continue;
      const stat = await fs.lstat(folders.pathOf(place.at));
      if (stat?.kind === "file") return { ...place, stat };
    }
    return undefined;
  }

  async *#listRun(name: string): AsyncGenerator<readonly TakenBlob[], void, undefined> {
    const { fs, folders } = this.#options;
    const prefix = name.startsWith(KEPT) ? KEPT : "";
    const run = name.slice(prefix.length);
    if (parseStagingName(run) === undefined) return;
    const root = folders.pathOf(`${OWN_FOLDERS.trash}/${name}`);
    const pathOf = (key: string): string => (key === "" ? root : `${root}/${key}`);
    for await (const page of listFiles({ fs, pathOf, isOwn: () => false }, {})) {
      const taken: TakenBlob[] = [];
      for (const { kind, key } of page) {
        const stat = kind === "blob" ? await fs.lstat(pathOf(key)) : undefined;
        if (kind === "blob" && stat?.kind === "file") taken.push({ ...placeInTrash(run, key, prefix), stat });
      }
      yield* inPages(taken);
    }
  }

  async #orGiveBack(taken: TakenBlob, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // A second failure must not hide the first; the blob is in the trash then, as if this process had died.
      await Promise.allSettled([this.giveBack(taken)]);
      throw error;
    }
  }

  /** Others may just look what it is. */
  async #placePlaceholder(key: BlobKey, placeholder: string): Promise<void> {
    const { fs, folders, names } = this.#options;
    const own = await fs.lstat(placeholder);
    const isPlaced = await folders.within(key, () => names.take(placeholder, folders.pathOf(key)));
    if (isPlaced && own !== undefined) await this.confirmNamed({ key, from: placeholder, own });
  }

  /** Whether the placeholder of its own run has the name of a blob. */
  #keepsName({ key, run }: TakenBlob): Promise<boolean> {
    return this.#options.placeholders.isOfRun(key, run);
  }

  /** Nobody else removes or replaces the placeholder of a run but who deals with what it took. */
  async #freeName(taken: TakenBlob): Promise<void> {
    if (await this.#keepsName(taken)) await this.#options.staged.remove(this.#options.folders.pathOf(taken.key));
  }

  async #isSameFile(one: string, other: string): Promise<boolean> {
    const { fs } = this.#options;
    const [first, second] = [await fs.lstat(one), await fs.lstat(other)];
    return first !== undefined && first.identity === second?.identity;
  }

  /** Gives a blob its name among what is kept; `false` when another one has it. Who died on the way may have begun. */
  async #nameKept(from: string, at: BlobKey): Promise<boolean> {
    const { folders, names } = this.#options;
    const to = folders.pathOf(at);
    const take = (): Promise<boolean> => folders.within(at, () => names.take(from, to));
    if ((await take()) || (await this.#isSameFile(from, to))) return true;
    await this.#dropEmpty(to);
    return take();
  }

  /** What another run just put in the place of what it took, and could not go back, is no content. */
  async #dropEmpty(path: string): Promise<void> {
    const { fs, placeholders, staged } = this.#options;
    const left = await fs.lstat(path);
    if (left?.kind !== "file") return;
    if (left.sizeBytes === 0 || (await placeholders.isOne(path, left))) await staged.remove(path);
  }

  /** Removes the folders above what lay here, as far as nothing else is in them. */
  async #tidy({ at }: TakenBlob): Promise<void> {
    for (let folder = parentPath(at); folder !== OWN_FOLDERS.trash; folder = parentPath(folder)) {
      const [removed] = await Promise.allSettled([
        this.#options.fs.removeDirectory(this.#options.folders.pathOf(folder)),
      ]);
      if (removed.status === "rejected") return;
    }
  }

  async #stagePlaceholder(run: string): Promise<string> {
    const writer = await this.#options.stage();
    try {
      await writer.write(encodePlaceholder(run));
      return this.#options.staged.pathOf((await writer.finish()).name);
    } catch (error) {
      await Promise.allSettled([writer.drop()]);
      throw error;
    }
  }
}

/** @throws {TypeError} for what is no name of a run */
function placeInTrash(run: string, key: BlobKey, prefix: "" | typeof KEPT = ""): Omit<TakenBlob, "stat"> {
  const owner = parseStagingName(run);
  if (owner === undefined)
    throw new TypeError(`Cannot use ${quote(run)} as the name of a run: expected one of newRun()`);
  const at = parseBlobKey(`${OWN_FOLDERS.trash}/${prefix}${run}/${key}`);
  return { key, run, owner, kept: prefix === KEPT, at };
}

function takenAlready(path: string): CatalogError<"CONFLICT"> {
  const reason = "this run has taken a blob of that name already";
  return new CatalogError("CONFLICT", `Cannot take ${quote(path)}: ${reason}`, {
    details: { reason },
    hint: "Give it back or drop it first.",
  });
}

function missing(path: string): CatalogError<"NOT_FOUND"> {
  return new CatalogError("NOT_FOUND", `Cannot give back ${quote(path)}: somebody else has dealt with it`, {
    details: { what: "blob in the trash", path },
    hint: "Look whether it has its name.",
  });
}
