import { hasCode } from "../../../core/messages/file-error.ts";
import type { FileHandle, FileStat, OpenMode } from "../../../ports/file-system.ts";
import { posixError } from "../posix-error.ts";
import { type OpfsFiles, placeOf } from "./files.ts";
import type { NamedFile } from "./names.ts";
import type { OpfsTurn, OpfsTurns } from "./turns.ts";
import { isNotFound, type OpfsAccess, opfsError } from "./vendor.ts";

/** What a handle is opened on. */
export interface OpfsHandleTarget {
  readonly turns: OpfsTurns;
  readonly files: OpfsFiles;
  readonly file: NamedFile;
  readonly mode: OpenMode;
  /** For messages: the path it was opened at. */
  readonly path: string;
  stat(turn: OpfsTurn, file: NamedFile): Promise<FileStat>;
}

/** An open file. Nothing of the browser stays open between calls, as nobody could move or remove the file then. */
export class OpfsFileHandle implements FileHandle {
  readonly #target: OpfsHandleTarget;
  #offset = 0;
  #closing: Promise<void> | undefined;

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
    return this.#inTurn("fstat", (turn) => this.#target.stat(turn, this.#target.file));
  }

  sync(): Promise<void> {
    return this.#use("fsync", (access) => access.flush());
  }

  close(): Promise<void> {
    this.#closing ??= this.#letGo();
    return this.#closing;
  }

  async #letGo(): Promise<void> {
    const { turns, files, file, path } = this.#target;
    try {
      await turns.run((turn) => files.letGo(turn, file));
    } catch (error) {
      throw opfsError(error, "close", path);
    }
  }

  #use<Result>(operation: string, work: (access: OpfsAccess) => Result): Promise<Result> {
    return this.#inTurn(operation, async (turn) => work(await turn.access(placeOf(this.#target.file))));
  }

  async #inTurn<Result>(operation: string, work: (turn: OpfsTurn) => Promise<Result>): Promise<Result> {
    const { turns, path } = this.#target;
    if (this.#closing !== undefined) throw posixError("EBADF", operation, path);
    try {
      return await turns.run(work);
    } catch (error) {
      // Not ENOENT: it was there, and somebody else took it away without asking.
      if (isNotFound(error) || hasCode(error, "ENOENT")) throw posixError("ESTALE", operation, path);
      throw opfsError(error, operation, path);
    }
  }
}
