import { quote } from "../../../core/messages/quote.ts";
import type { BlobKey } from "../../../core/naming/blob-key.ts";
import { CatalogError } from "../../../errors.ts";
import type { BlobStat, StagedBlob } from "../../../ports/blob-store.ts";
import type { FileStat, FileSystem } from "../../../ports/file-system.ts";
import type { Folders } from "../folders.ts";
import { isSameBlob } from "./same-blob.ts";

/** What {@link Swaps} works with. */
export interface SwapsOptions {
  /** Where the files are. */
  readonly fs: FileSystem;
  /** Makes names durable. */
  readonly folders: Folders;
  /** Gives a file a second name. */
  readonly names: { link(from: string, to: string): Promise<"done" | "taken" | "impossible"> };
  /** Where a file is that is about to lose its name. */
  readonly staged: {
    newName(): string;
    pathOf(name: string): string;
    get(path: string): Promise<FileStat>;
    remove(path: string): Promise<void>;
    orDrop<Result>(path: string, work: () => Promise<Result>): Promise<Result>;
  };
}

/** Names that change their file in one step. */
export class Swaps {
  readonly #options: SwapsOptions;

  /** Touches nothing yet. */
  constructor(options: SwapsOptions) {
    this.#options = options;
  }

  /**
   * Renames a staged file over the one that was found. That has a second name meanwhile, by which it is looked at
   * before and after: it gets its name back if somebody who had it open wrote to it.
   */
  async run(
    { name, shared }: StagedBlob,
    { key, found }: { readonly key: BlobKey; readonly found: BlobStat },
  ): Promise<boolean> {
    const { fs, folders, names, staged } = this.#options;
    const [from, path, held] = [staged.pathOf(name), folders.pathOf(key), staged.pathOf(staged.newName())];
    const own = await staged.get(from);
    return staged.orDrop(held, async () => {
      const isHeld = (await names.link(path, held)) === "done";
      const before = isHeld ? await fs.lstat(held) : undefined;
      const isFound = before !== undefined && isSameBlob(before, found) && own.identity !== before.identity;
      if (isFound) {
        if (!shared) await this.#makeLike(from, { own, other: before });
        await fs.rename(from, path);
        await folders.confirmReplaced(key, own, before);
      }
      const isSwapped = isFound && (await this.#isStill(held, found));
      // Whoever replaced the new one meanwhile meant to.
      if (isFound && !isSwapped && (await fs.lstat(path))?.identity === own.identity) await fs.rename(held, path);
      if (isFound) await folders.syncName(key);
      await staged.remove(held);
      return isSwapped;
    });
  }

  /** Gives a staged file mode and time of another one, durable. */
  async #makeLike(path: string, { own, other }: { readonly own: FileStat; readonly other: FileStat }): Promise<void> {
    const { fs } = this.#options;
    const handle = await fs.open(path, "read");
    try {
      if (own.mode !== other.mode) await fs.setMode(path, other.mode);
      await fs.setModified?.(path, other.modifiedMs);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  async #isStill(path: string, found: BlobStat): Promise<boolean> {
    const now = await this.#options.fs.lstat(path);
    return now !== undefined && isSameBlob(now, found);
  }
}

/** Nothing tells whether a file is the one that was found once another has its name. */
export function cannotSwap(path: string): CatalogError<"UNSUPPORTED"> {
  return new CatalogError("UNSUPPORTED", `Cannot replace ${quote(path)}: files have only one name here`, {
    details: { what: "giving a name other bytes in one step" },
    hint: "Ask for the capability swap of the store first.",
  });
}
