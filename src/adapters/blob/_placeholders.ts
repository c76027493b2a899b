import { hasCode } from "../../core/messages/file-error.ts";
import { OWN_FOLDERS } from "../../core/naming/blob-key.ts";
import type { FileStat, FileSystem } from "../../ports/file-system.ts";
import type { Folders } from "./folders.ts";
import { parseStagingName } from "./naming/staging-name.ts";

/** All of them have one odd size, so that of other files hardly any has to be opened. `schema/README.md` has the format. */
export const PLACEHOLDER_BYTES = 293;

const START = "content-catalog: this name is kept by the run ";

/** What a placeholder says: one line, with spaces before its end. */
export function encodePlaceholder(run: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${`${START}${run}`.padEnd(PLACEHOLDER_BYTES - 1)}\n`);
}

/** The run that a placeholder names; `undefined` for what is none. */
export function parsePlaceholder(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(bytes);
  if (!text.startsWith(START)) return undefined;
  const run = text.slice(START.length).trimEnd();
  const isWhole = parseStagingName(run) !== undefined && text === new TextDecoder().decode(encodePlaceholder(run));
  return isWhole ? run : undefined;
}

/** The placeholders that keep names for what lies in the trash. */
export class Placeholders {
  readonly #fs: FileSystem;
  readonly #folders: Folders;

  /** Looks at nothing yet. */
  constructor(fs: FileSystem, folders: Folders) {
    this.#fs = fs;
    this.#folders = folders;
  }

  /** The run whose placeholder has a name; `undefined` for all other names. */
  async findRun(key: string): Promise<string | undefined> {
    if (!(await this.#folders.leadTo(key))) return undefined;
    const path = this.#folders.pathOf(key);
    return this.#runOf(path, await this.#fs.lstat(path));
  }

  /** Whether the placeholder of a run has a name, for who gives that away then: what cannot be read is no answer. */
  async isOfRun(key: string, run: string): Promise<boolean> {
    if (!(await this.#folders.leadTo(key))) return false;
    const path = this.#folders.pathOf(key);
    return (await this.#runOf(path, await this.#fs.lstat(path), { mustRead: true })) === run;
  }

  /** Whether a file that was looked at is one. */
  async isOne(path: string, stat: FileStat): Promise<boolean> {
    return (await this.#runOf(path, stat)) !== undefined;
  }

  /**
   * A file counts as one only as long as the run has a folder in the trash: bytes that say the same are content
   * otherwise.
   */
  async #runOf(path: string, stat: FileStat | undefined, { mustRead = false } = {}): Promise<string | undefined> {
    if (stat?.kind !== "file" || stat.sizeBytes !== PLACEHOLDER_BYTES) return undefined;
    const run = parsePlaceholder(await this.#read(path, mustRead ? ["ENOENT"] : ["ENOENT", "EACCES", "EPERM"]));
    if (run === undefined) return undefined;
    const folder = await this.#fs.lstat(this.#folders.pathOf(`${OWN_FOLDERS.trash}/${run}`));
    return folder?.kind === "directory" ? run : undefined;
  }

  /** Nothing where it is gone, or not for this user: then it is mostly for whoever reads it to say so. */
  async #read(path: string, nothing: readonly string[]): Promise<Uint8Array> {
    try {
      return await this.#fs.readFile(path);
    } catch (error) {
      if (hasCode(error, ...nothing)) return new Uint8Array(0);
      throw error;
    }
  }
}
