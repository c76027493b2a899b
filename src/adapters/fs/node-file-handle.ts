import { close, closeSync, fchmod, fchown, fstat, fstatSync, fsync, read, readSync, write, writeSync } from "node:fs";
import { promisify } from "node:util";
import type { FileAccess, FileHandle, FileStat } from "../../ports/file-system.ts";
import type { PromptCalls } from "./_prompt-calls.ts";
import { asFileStat } from "./node-file-stat.ts";

const pooled = {
  close: promisify(close),
  fchmod: promisify(fchmod),
  fchown: promisify(fchown),
  fstat: promisify(fstat),
  read: promisify(read),
  sync: promisify(fsync),
  write: promisify(write),
};

/** So few bytes are mostly in memory, or get there, in less time than the way to the thread pool takes. */
const FEW_BYTES = 16 * 1024;

/**
 * So many first bytes of a file are written at once, too: they fill free memory of the kernel. One that gets more, a
 * large stream, may have to wait for the device, and does so in the thread pool.
 */
const FIRST_BYTES = 256 * 1024;

/** A file that is open under a descriptor. */
export class NodeFileHandle implements FileHandle {
  readonly #calls: PromptCalls;
  #descriptor: number | undefined;
  #writtenBytes = 0;
  /** What was begun and is not over: until then the number must not become that of another file. */
  readonly #running = new Set<Promise<unknown>>();

  /** Takes the descriptor over: closing the handle closes it. */
  constructor(descriptor: number, calls: PromptCalls) {
    this.#descriptor = descriptor;
    this.#calls = calls;
  }

  read(target: Uint8Array, position: number): Promise<number> {
    const { byteLength } = target;
    return this.#use((descriptor) => {
      const inPool = async (): Promise<number> =>
        (await pooled.read(descriptor, target, 0, byteLength, position)).bytesRead;
      if (byteLength > FEW_BYTES) return inPool();
      return this.#calls.do(() => readSync(descriptor, target, 0, byteLength, position), inPool);
    });
  }

  write(bytes: Uint8Array): Promise<number> {
    const { byteLength } = bytes;
    this.#writtenBytes += byteLength;
    return this.#use((descriptor) => {
      const inPool = async (): Promise<number> =>
        (await pooled.write(descriptor, bytes, 0, byteLength, null)).bytesWritten;
      if (byteLength > FEW_BYTES && this.#writtenBytes > FIRST_BYTES) return inPool();
      return this.#calls.do(() => writeSync(descriptor, bytes, 0, byteLength, null), inPool);
    });
  }

  async stat(): Promise<FileStat> {
    const stat = await this.#use((descriptor) =>
      this.#calls.do(
        () => fstatSync(descriptor, { bigint: true }),
        () => pooled.fstat(descriptor, { bigint: true }),
      ),
    );
    return asFileStat(stat);
  }

  sync(): Promise<void> {
    return this.#use((descriptor) => pooled.sync(descriptor));
  }

  /** Seldom enough to go to the thread pool. */
  setAccess({ mode, owner }: FileAccess): Promise<void> {
    return this.#use(async (descriptor) => {
      if (owner !== undefined) await pooled.fchown(descriptor, owner.userId, owner.groupId);
      if (mode !== undefined) await pooled.fchmod(descriptor, mode);
    });
  }

  async close(): Promise<void> {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    this.#descriptor = undefined;
    if (this.#running.size > 0) await Promise.allSettled(this.#running);
    await this.#calls.do(
      () => closeSync(descriptor),
      () => pooled.close(descriptor),
    );
  }

  async #use<Result>(work: (descriptor: number) => Promise<Result>): Promise<Result> {
    if (this.#descriptor === undefined) throw Object.assign(new Error("EBADF: file closed"), { code: "EBADF" });
    const running = work(this.#descriptor);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }
}
