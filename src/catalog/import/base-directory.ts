import { hasCode } from "../../core/messages/file-error.ts";
import { baseName, isInsidePath, parentPath, resolvePath } from "../../core/path.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import { RealFolders } from "../files/real-folders.ts";

/** The folder that the paths of a manifest start from and must not leave, by name or through symlinks. */
export class BaseDirectory {
  /** Normalised, as the caller gave it. */
  readonly path: string;
  /** The folders of files that were looked at. */
  readonly folders: RealFolders;
  readonly #realPath: string;
  readonly #fs: FileSystem;
  #last: { readonly written: string | undefined; readonly path: string } = { written: undefined, path: "" };

  private constructor(fs: FileSystem, paths: { readonly path: string; readonly realPath: string }) {
    this.#fs = fs;
    this.folders = new RealFolders(fs);
    this.path = paths.path;
    this.#realPath = paths.realPath;
  }

  /** Looks at the folder itself, once. It need not exist: then its name is all there is. */
  static async open(fs: FileSystem, path: string): Promise<BaseDirectory> {
    const normalized = resolvePath("/", path);
    let realPath = normalized;
    try {
      realPath = await fs.realPath(normalized);
    } catch (error) {
      if (!hasCode(error, "ENOENT", "ENOTDIR", "EACCES", "EPERM")) throw error;
    }
    return new BaseDirectory(fs, { path: normalized, realPath });
  }

  /** The absolute path that a line means. */
  resolve(path: string): string {
    // It is asked for twice in a row.
    if (path !== this.#last.written) this.#last = { written: path, path: resolvePath(this.path, path) };
    return this.#last.path;
  }

  /** Whether `path` is below this folder judged by its name alone, with the folder as given or with its real path. */
  holdsName(path: string): boolean {
    return isInsidePath(this.path, path) || isInsidePath(this.#realPath, path);
  }

  /** Whether what `path` names, a file that is there, lies below this folder once all symlinks are followed. */
  async holdsFile(path: string, symlink: boolean): Promise<boolean> {
    const real = symlink
      ? await this.#fs.realPath(path)
      : resolvePath(await this.folders.find(parentPath(path)), baseName(path));
    return isInsidePath(this.#realPath, real);
  }

  /** Whether the folder around `path` lies below this one: as seen through a link that leads here from elsewhere. */
  async holdsFolderOf(path: string): Promise<boolean> {
    try {
      return isInsidePath(this.#realPath, await this.folders.find(parentPath(path)));
    } catch (error) {
      if (hasCode(error, "ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP", "ENAMETOOLONG")) return false;
      throw error;
    }
  }
}
