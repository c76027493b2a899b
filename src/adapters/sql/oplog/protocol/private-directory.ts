import { hasCode } from "../../../../core/messages/file-error.ts";
import { quote } from "../../../../core/messages/quote.ts";
import { CatalogError } from "../../../../errors.ts";
import type { FileHandle } from "../../../../ports/file-system.ts";
import { privateDirectory } from "./catalog-files.ts";
import { closeQuietly, Overtaken, type StoreParts } from "./store.ts";

/**
 * A directory of one attempt. Files of the catalog get their names by renames and links out of it, so that whoever
 * takes it away ends the attempt: everything in it then gives {@link Overtaken}.
 */
export class PrivateDirectory {
  readonly nonce: string;
  readonly path: string;
  readonly #parts: StoreParts;

  private constructor(parts: StoreParts, nonce: string) {
    this.#parts = parts;
    this.nonce = nonce;
    this.path = privateDirectory(parts.files, nonce);
  }

  static async create(parts: StoreParts): Promise<PrivateDirectory> {
    const directory = new PrivateDirectory(parts, parts.entropy.nonce());
    await parts.fs.makeDirectory(directory.path);
    return directory;
  }

  file(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Writes a file completely and, unless `sync` is `false`, durably. */
  async write(name: string, bytes: Uint8Array, sync: boolean): Promise<void> {
    const handle = await this.create(name, bytes);
    try {
      if (sync) await this.guard(() => handle.sync());
    } finally {
      await closeQuietly(handle);
    }
  }

  /** Writes a file completely, and leaves it open. */
  create(name: string, bytes: Uint8Array): Promise<FileHandle> {
    return this.guard(async () => {
      const handle = await this.#parts.fs.open(this.file(name), "create");
      try {
        for (let position = 0; position < bytes.byteLength; ) {
          const count = await handle.write(bytes.subarray(position));
          if (count === 0) throw noProgress(this.file(name));
          position += count;
        }
        return handle;
      } catch (error) {
        await closeQuietly(handle);
        throw error;
      }
    });
  }

  /** Runs what needs the directory, and tells when that is because it is gone. */
  async guard<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (hasCode(error, "ENOENT") && (await this.#parts.fs.lstat(this.path)) === undefined) {
        throw new Overtaken("Cannot go on: somebody took over", { cause: error });
      }
      throw error;
    }
  }

  /** Removes the directory and all in it, as far as that can be done; what is left is known by its name. */
  async remove(): Promise<void> {
    await removeTree(this.#parts, this.path);
  }
}

/** Removes a folder of ours with what is in it; never throws. */
export async function removeTree(parts: StoreParts, path: string): Promise<void> {
  const { fs } = parts;
  try {
    for await (const { name, kind } of fs.list(path)) {
      if (kind === "directory") await removeTree(parts, `${path}/${name}`);
      else await fs.unlink(`${path}/${name}`);
    }
    await fs.removeDirectory(path);
  } catch {
    // It takes space and harms nothing.
  }
}

function noProgress(path: string): CatalogError<"BACKEND"> {
  return new CatalogError("BACKEND", `Cannot write ${quote(path)}: the file system takes no bytes`, {
    details: { what: "write", path },
  });
}
