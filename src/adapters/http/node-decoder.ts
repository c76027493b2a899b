import { finished, pipeline, Readable, type Transform } from "node:stream";
import * as zlib from "node:zlib";
import type { ContentDecoder } from "../../ports/http.ts";
import { streamOf } from "./_stream-of.ts";

/** A stream of zlib; `bytesWritten` counts the bytes that it made use of. */
type Engine = Transform & { readonly bytesWritten: number };

interface Codec {
  readonly coding: string;
  /** The engine for a body with this first byte. */
  create(first: number): Engine;
  /** Given behind the end, where it must not be made use of: Deno takes an early end of Brotli for the end. */
  readonly endMark?: Uint8Array;
  /** Whether zeros may follow on the end of a file, as tools for archives write them. */
  readonly allowsZeros?: boolean;
}

const CODECS: readonly Codec[] = [
  { coding: "gzip", create: () => zlib.createGunzip(), allowsZeros: true },
  {
    coding: "deflate",
    // Some servers leave out the frame of zlib, whose first byte ends in 8 (RFC 9110, section 8.4.1.2).
    create: (first) => ((first & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw()),
  },
  { coding: "br", create: () => zlib.createBrotliDecompress(), endMark: new Uint8Array(1) },
];

let zstd: Promise<Codec | undefined> | undefined;

/** See `Http.findDecoder`. */
export async function findNodeDecoder(coding: string): Promise<ContentDecoder | undefined> {
  zstd ??= coding === "zstd" ? findZstd() : undefined;
  const codec = coding === "zstd" ? await zstd : CODECS.find((each) => each.coding === coding);
  if (codec === undefined) return undefined;
  return {
    decode: (body) => run(codec, body, decoded),
    check: (body) => run(codec, body, checked),
  };
}

/** Node has Zstandard from 22.15 on. One that takes an early end for the end, as in Deno and Bun, is not used. */
async function findZstd(): Promise<Codec | undefined> {
  const create: unknown = Reflect.get(zlib, "createZstdDecompress");
  if (typeof create !== "function") return undefined;
  const codec = { coding: "zstd", create: (): Engine => create() };
  const magicNumber = new Blob([new Uint8Array([0x28, 0xb5, 0x2f, 0xfd])]);
  const isStrict = await run(codec, magicNumber.stream(), decoded)
    .getReader()
    .read()
    .then(
      () => false,
      () => true,
    );
  return isStrict ? codec : undefined;
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

type Pass = (codec: Codec, reader: Reader) => AsyncGenerator<Uint8Array, void, undefined>;

/** Whatever comes of it, the body is read to its end or cancelled. */
function run(codec: Codec, body: ReadableStream<Uint8Array>, pass: Pass): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  // Cancelling ends a read that is under way, too.
  const cancel = (reason?: unknown): void => void reader.cancel(reason).catch(() => undefined);
  return streamOf(thenCancelled(pass(codec, reader), cancel), cancel);
}

async function* thenCancelled(
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
  cancel: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks;
  } finally {
    cancel();
  }
}

async function* decoded(codec: Codec, reader: Reader): AsyncGenerator<Uint8Array, void, undefined> {
  const first = await readSome(reader);
  const engine = codec.create(first?.[0] ?? 0);
  let given = 0;
  const source = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    for (let chunk = first; chunk !== undefined; chunk = await readSome(reader)) {
      given += chunk.byteLength;
      yield chunk;
    }
    if (codec.endMark !== undefined) yield codec.endMark;
  };
  try {
    // Its errors come out of the engine, too.
    pipeline(Readable.from(source()), engine, () => {});
    for await (const chunk of engine) yield chunk;
  } catch (error) {
    throw asCodingError(codec, error);
  }
  checkEnd(codec, engine.bytesWritten - given);
}

async function* checked(codec: Codec, reader: Reader): AsyncGenerator<Uint8Array, void, undefined> {
  const first = await readSome(reader);
  const engine = codec.create(first?.[0] ?? 0);
  engine.on("error", () => {}).resume();
  let given = 0;
  const checkRest = (): void => {
    const rest = engine.bytesWritten - given;
    if (rest > 0 || codec.allowsZeros !== true) checkEnd(codec, rest);
  };
  try {
    for (let chunk = first; chunk !== undefined; chunk = await readSome(reader)) {
      given += chunk.byteLength;
      await write(engine, chunk);
      checkRest();
      yield chunk;
    }
    await end(engine, codec.endMark);
    checkRest();
  } catch (error) {
    throw asCodingError(codec, error);
  } finally {
    engine.destroy();
  }
}

/** The next bytes; `undefined` when there are none. */
async function readSome(reader: Reader): Promise<Uint8Array | undefined> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return undefined;
    if (value.byteLength > 0) return value;
  }
}

function write(engine: Engine, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    // An engine that fails does not always call back.
    engine.once("error", reject);
    engine.write(chunk, (error) => {
      engine.off("error", reject);
      if (error) reject(error);
      else resolve();
    });
  });
}

function end(engine: Engine, endMark: Uint8Array | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    finished(engine, { writable: false }, (error) => (error ? reject(error) : resolve()));
    if (endMark === undefined) engine.end();
    else engine.end(endMark);
  });
}

/** @param rest how much more was made use of than there was */
function checkEnd({ coding }: Codec, rest: number): void {
  if (rest > 0) throw new Error(`its ${coding} coding ends early`);
  if (rest < 0) throw new Error(`there are more bytes behind the end of its ${coding} coding`);
}

/** What zlib says, in our words; what the body says, unchanged. */
function asCodingError({ coding }: Codec, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  if (error.code === "Z_BUF_ERROR") return new Error(`its ${coding} coding ends early`, { cause: error });
  if (!/^(Z_|ZSTD_|ERR_)/.test(error.code)) return error;
  return new Error(`its ${coding} coding is damaged: ${error.message}`, { cause: error });
}
