import { asCatalogError, hasCode } from "../../../core/messages/file-error.ts";
import { MAX_MARKER_BYTES, OWN_FOLDERS, parseBlobKey } from "../../../core/naming/blob-key.ts";
import type { BlobWriter, StagedBlob } from "../../../ports/blob-store.ts";
import type { FileSystem } from "../../../ports/file-system.ts";
import type { FoundMarker, RootMarkers } from "../../../ports/root-markers.ts";
import { type Folders, obstructed } from "../folders.ts";

/** What {@link FileMarkers} works with. */
export interface FileMarkersOptions {
  /** Where the files are. */
  readonly fs: FileSystem;
  /** The folders of the root. */
  readonly folders: Folders;
  /** Begins to take bytes in, on the device of the root. */
  readonly stage: () => Promise<BlobWriter>;
  /** Where staged bytes are. */
  readonly staged: { pathOf(name: string): string };
  /** Called when the root has a marker more. */
  readonly onNew: () => Promise<void>;
}

/** Markers as files of a root. */
export class FileMarkers implements RootMarkers {
  readonly #options: FileMarkersOptions;

  /** Touches nothing yet. */
  constructor(options: FileMarkersOptions) {
    this.#options = options;
  }

  async list(): Promise<readonly FoundMarker[]> {
    const { fs, folders } = this.#options;
    const folder = folders.pathOf(OWN_FOLDERS.marker);
    return attempt("list", folder, async () => {
      const found: FoundMarker[] = [];
      if (!(await folders.exist(`${OWN_FOLDERS.marker}/any`))) return found;
      for await (const page of fs.list(folder)) {
        for (const { name } of page) found.push((await this.#read(name)) ?? { name, bytes: undefined });
      }
      return found;
    });
  }

  read(name: string): Promise<FoundMarker | undefined> {
    return attempt("read", this.#pathOf(name), () => this.#read(name));
  }

  has(name: string): Promise<boolean> {
    const { fs } = this.#options;
    return attempt("look at", this.#pathOf(name), async () => (await fs.lstat(this.#pathOf(name))) !== undefined);
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const { fs, stage, staged: files } = this.#options;
    const path = this.#pathOf(name);
    const writer = await stage();
    let staged: StagedBlob | undefined;
    try {
      await writer.write(bytes);
      staged = await writer.finish();
      const from = files.pathOf(staged.name);
      await attempt("write", path, () => this.#replace(name, from));
    } catch (error) {
      // A second failure must not hide the first; what stays is a leftover that a collector knows.
      await Promise.allSettled([staged === undefined ? writer.drop() : fs.unlink(files.pathOf(staged.name))]);
      throw error;
    }
  }

  async #replace(name: string, from: string): Promise<void> {
    const { fs, folders, onNew } = this.#options;
    const path = this.#pathOf(name);
    const key = parseBlobKey(`${OWN_FOLDERS.marker}/${name}`);
    await folders.ensure(key);
    const [now, own] = [await fs.lstat(path), await fs.lstat(from)];
    if (now !== undefined && now.kind !== "file") throw obstructed(path, now.kind);
    await fs.rename(from, path);
    if (own !== undefined) await folders.confirmReplaced(key, own, now);
    await folders.syncName(key);
    if (now === undefined) await onNew();
  }

  drop(name: string): Promise<void> {
    const { fs, folders } = this.#options;
    const path = this.#pathOf(name);
    return attempt("remove", path, async () => {
      try {
        await fs.unlink(path);
      } catch (error) {
        if (!hasCode(error, "ENOENT", "ENOTDIR")) throw error;
      }
      if (await folders.exist(`${OWN_FOLDERS.marker}/any`)) await folders.sync(folders.pathOf(OWN_FOLDERS.marker));
    });
  }

  async #read(name: string): Promise<FoundMarker | undefined> {
    const { fs, folders } = this.#options;
    const path = this.#pathOf(name);
    const stat = await fs.lstat(path);
    if (stat === undefined || !(await folders.exist(`${OWN_FOLDERS.marker}/any`))) return undefined;
    if (stat.kind !== "file" || stat.sizeBytes > MAX_MARKER_BYTES) return { name, bytes: undefined };
    try {
      return { name, bytes: await fs.readFile(path) };
    } catch (error) {
      if (hasCode(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  #pathOf(name: string): string {
    return this.#options.folders.pathOf(`${OWN_FOLDERS.marker}/${name}`);
  }
}

async function attempt<Result>(verb: string, path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw asCatalogError(error, { verb, path });
  }
}
