import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { RecordingDisk } from "./recording-disk.ts";

/*
 * As much of the NBD protocol (the "fixed newstyle" of its specification) as nbdfuse speaks: a disk of a known size that
 * is read, written and flushed, one request after the other.
 */

const GREETING_MAGIC = 0x4e42_444d_4147_4943n;
const OPTION_MAGIC = 0x4948_4156_454f_5054n;
const OPTION_REPLY_MAGIC = 0x0003_e889_0455_65a9n;
const REQUEST_MAGIC = 0x2560_9513;
const REPLY_MAGIC = 0x6744_6698;

const FIXED_NEWSTYLE_WITHOUT_ZEROES = 0b11;
const OPTION = { abort: 2, go: 7 } as const;
const OPTION_REPLY = { acknowledged: 1, info: 3, unsupported: 0x8000_0001 } as const;
/** It has flags, takes flushes, and writes that go past the cache. */
const DISK_FLAGS = 0b1101;
const COMMAND = { read: 0, write: 1, disconnect: 2, flush: 3 } as const;
const WRITE_THROUGH = 1;
const EIO = 5;
const EINVAL = 22;

/** Serves a disk at a socket of the file system. */
export async function serveDisk(disk: RecordingDisk, socketPath: string): Promise<Server> {
  const server = createServer((socket) => {
    // Who hangs up was done, or was killed.
    socket.on("error", () => socket.destroy());
    void new Session(disk, socket).run().finally(() => socket.destroy());
  });
  server.listen(socketPath);
  await once(server, "listening");
  return server;
}

class Session {
  readonly #disk: RecordingDisk;
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  #left: Buffer = Buffer.alloc(0);

  constructor(disk: RecordingDisk, socket: Socket) {
    this.#disk = disk;
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  async run(): Promise<void> {
    try {
      if (!(await this.#negotiate())) return;
      while (await this.#answer());
    } catch (error) {
      if (!(error instanceof HungUp)) throw error;
    }
  }

  async #take(length: number): Promise<Buffer> {
    const parts = [this.#left];
    let have = this.#left.byteLength;
    while (have < length) {
      const { done, value } = await this.#chunks.next();
      if (done === true) throw new HungUp();
      parts.push(value);
      have += value.byteLength;
    }
    const all = Buffer.concat(parts);
    this.#left = all.subarray(length);
    return all.subarray(0, length);
  }

  async #negotiate(): Promise<boolean> {
    const greeting = Buffer.alloc(18);
    greeting.writeBigUInt64BE(GREETING_MAGIC, 0);
    greeting.writeBigUInt64BE(OPTION_MAGIC, 8);
    greeting.writeUInt16BE(FIXED_NEWSTYLE_WITHOUT_ZEROES, 16);
    this.#socket.write(greeting);
    await this.#take(4);
    for (;;) {
      const head = await this.#take(16);
      const option = head.readUInt32BE(8);
      await this.#take(head.readUInt32BE(12));
      if (option === OPTION.go) {
        const info = Buffer.alloc(12);
        info.writeBigUInt64BE(BigInt(this.#disk.sizeBytes), 2);
        info.writeUInt16BE(DISK_FLAGS, 10);
        this.#replyToOption(option, OPTION_REPLY.info, info);
      }
      const known = option === OPTION.go || option === OPTION.abort;
      this.#replyToOption(option, known ? OPTION_REPLY.acknowledged : OPTION_REPLY.unsupported);
      if (known) return option === OPTION.go;
    }
  }

  #replyToOption(option: number, reply: number, data: Buffer = Buffer.alloc(0)): void {
    const head = Buffer.alloc(20);
    head.writeBigUInt64BE(OPTION_REPLY_MAGIC, 0);
    head.writeUInt32BE(option, 8);
    head.writeUInt32BE(reply, 12);
    head.writeUInt32BE(data.byteLength, 16);
    this.#socket.write(Buffer.concat([head, data]));
  }

  /** Answers one request; `false` after the last. */
  async #answer(): Promise<boolean> {
    const head = await this.#take(28);
    if (head.readUInt32BE(0) !== REQUEST_MAGIC)
      throw new Error("Cannot serve the disk: no request is where one is due");
    const command = head.readUInt16BE(6);
    const offset = Number(head.readBigUInt64BE(16));
    const length = head.readUInt32BE(24);
    if (command === COMMAND.disconnect) return false;
    const bytes = command === COMMAND.write ? Uint8Array.from(await this.#take(length)) : undefined;
    const reply = Buffer.alloc(16);
    reply.writeUInt32BE(REPLY_MAGIC, 0);
    head.copy(reply, 8, 8, 16);
    const { error = 0, data } = this.#execute({ command, offset, length, bytes, flags: head.readUInt16BE(4) });
    reply.writeUInt32BE(error, 4);
    this.#socket.write(reply);
    if (data !== undefined) this.#socket.write(Buffer.from(data));
    return true;
  }

  #execute(request: NbdRequest): { readonly error?: number; readonly data?: Uint8Array } {
    const { command, offset, length, bytes, flags } = request;
    if (!this.#disk.powered) return { error: EIO };
    if (command === COMMAND.read) return { data: this.#disk.read(offset, length) };
    if (command === COMMAND.flush) this.#disk.flush();
    else if (bytes !== undefined) this.#disk.write(offset, bytes, (flags & WRITE_THROUGH) !== 0);
    else return { error: EINVAL };
    return {};
  }
}

interface NbdRequest {
  readonly command: number;
  readonly offset: number;
  readonly length: number;
  readonly flags: number;
  readonly bytes: Uint8Array | undefined;
}

class HungUp extends Error {}
