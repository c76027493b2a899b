import { hasCode } from "../../core/messages/file-error.ts";
import { baseName, parentPath } from "../../core/path.ts";
import type { FileSystem } from "../../ports/file-system.ts";

/** Folders remembered at once; who names more of them pays for some twice. */
const MAX_FOLDERS = 10_000;

/** Why a path cannot be followed to its end: what is behind that is taken by its name. */
const ENDS = [
  ...["ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP", "ENAMETOOLONG", "ENOTCAPABLE"],
  ...["EINVAL", "EILSEQ", "EIO", "ESTALE", "ETIMEDOUT"],
];

/** Whether an error says that a path cannot be followed further, and nothing about the rest of a run. */
export function endsPath(error: unknown): boolean {
  return hasCode(error, ...ENDS);
}

/** Puts a name behind the path of a folder. */
export function joinName(folder: string, name: string): string {
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/**
 * Real paths of folders, each found out once: most files share their folder with others, and to follow a long path costs
 * a call of the system a name. One instance serves one run, as symlinks may be changed between two.
 */
export class RealFolders {
  readonly #fs: FileSystem;
  readonly #real = new Map<string, string>();
  /** Whether a folder is looked at before it is followed: not after one that was there. */
  #mayBeMissing = true;

  /** Knows no folder yet. */
  constructor(fs: FileSystem) {
    this.#fs = fs;
  }

  /** What was found out; `undefined` for a folder that nobody asked for. */
  known(folder: string): string | undefined {
    return this.#real.get(folder);
  }

  /** The real path of a folder that is there. Errors are those of `FileSystem.realPath`. */
  async find(folder: string): Promise<string> {
    const known = this.known(folder);
    if (known !== undefined) return known;
    const real = await this.#fs.realPath(folder);
    this.#mayBeMissing = false;
    return this.#note(folder, real);
  }

  /** The real path of a folder as far as it exists and can be followed; the names behind that stay as they are. */
  async findNearest(folder: string): Promise<string> {
    const known = this.known(folder);
    if (known !== undefined) return known;
    try {
      // An error costs more than a look, and where one folder is missing the next one often is, too.
      if (!this.#mayBeMissing || (await this.#fs.stat(folder)) !== undefined) return await this.find(folder);
    } catch (error) {
      if (!endsPath(error)) throw error;
    }
    this.#mayBeMissing = true;
    const parent = parentPath(folder);
    if (parent === folder) return folder;
    return this.#note(folder, joinName(await this.findNearest(parent), baseName(folder)));
  }

  #note(folder: string, real: string): string {
    if (this.#real.size >= MAX_FOLDERS) this.#real.clear();
    this.#real.set(folder, real);
    return real;
  }
}
