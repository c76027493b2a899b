import { hasCode } from "../../../core/messages/file-error.ts";
import type { FileHandle, FileStat, OpenMode } from "../../../ports/file-system.ts";
import { posixError } from "../posix-error.ts";
import { type OpfsFiles, placeOf } from "./files.ts";
import type { OpfsMutex, OpfsSection } from "./mutex.ts";
import type { NamedFile } from "./names.ts";
import { isNotFound, type OpfsAccess, opfsError } from "./vendor.ts";

/** What a handle is opened on. */
export interface OpfsHandleTarget {
  /** Gives the sections in which the file is touched. */
  readonly mutex: OpfsMutex;
  /** Finds the file under its name of the moment. */
  readonly files: OpfsFiles;
  /** The file as all pages know it. */
  readonly file: NamedFile;
  /** What the handle may be used for. */
  readonly mode: OpenMode;
  /** For messages: the path it was opened at. */
  readonly path: string;
  /** What is known about the file, as the file system tells it. */
  stat(section: OpfsSection, file: NamedFile): Promise<FileStat>;
}

/** An open file. Nothing of the browser stays open between calls, as nobody could move or remove the file then. */
export class OpfsFileHandle implements FileHandle {
  readonly #target: OpfsHandleTarget;
  #offset = 0;
  #closing: Promise<void> | undefined;

  /** Opens nothing of the browser yet. */
  constructor(target: OpfsHandleTarget) {
    this.#target = target;
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.#use("read", (access) => access.read(target, { at: position }));
  }

  async write(bytes: Uint8Array): Promise<number> {
    return this.#use("write", (access) => {
      const { mode, path } = this.#target;
      if (mode === "read") throw posixError("EBADF", "write", path);
      const at = mode === "append" ? access.getSize() : this.#offset;
      const written = access.write(bytes, { at });
      this.#offset = at + written;
      return written;
    });
  }

  stat(): Promise<FileStat> {
    return this.#locked("fstat", (section) => this.#target.stat(section, this.#target.file));
  }

  sync(): Promise<void> {
    return this.#use("fsync", (access) => access.flush());
  }

  async setAccess(): Promise<void> {
    const { path } = this.#target;
    throw posixError(this.#closing === undefined ? "ENOTSUP" : "EBADF", "fchown", path);
  }

  close(): Promise<void> {
    this.#closing ??= this.#release();
    return this.#closing;
  }

  async #release(): Promise<void> {
    const { mutex, files, file, path } = this.#target;
    try {
      await mutex.run((section) => files.release(section, file));
    } catch (error) {
      throw opfsError(error, "close", path);
    }
  }

  #use<Result>(operation: string, work: (access: OpfsAccess) => Result): Promise<Result> {
    return this.#locked(operation, async (section) => work(await section.access(placeOf(this.#target.file))));
  }

  async #locked<Result>(operation: string, work: (section: OpfsSection) => Promise<Result>): Promise<Result> {
    const { mutex, path } = this.#target;
    if (this.#closing !== undefined) throw posixError("EBADF", operation, path);
    try {
      return await mutex.run(work);
    } catch (error) {
      // Not ENOENT: it was there, and somebody else took it away without asking.
      if (isNotFound(error) || hasCode(error, "ENOENT")) throw posixError("ESTALE", operation, path);
      throw opfsError(error, operation, path);
    }
  }
}
