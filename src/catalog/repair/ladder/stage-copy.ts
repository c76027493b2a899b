import { asCatalogError } from "../../../core/messages/file-error.ts";
import type { BlobKey } from "../../../core/naming/blob-key.ts";
import { decodePathOfUri } from "../../../core/storage-uri.ts";
import { isCatalogError } from "../../../errors.ts";
import type { FileSystem } from "../../../ports/file-system.ts";
import { isCasName } from "../../collect/find/claims-of-ours.ts";
import { readChunks } from "../../files/read-chunks.ts";
import type { PlacingContext } from "../../placing/placing-context.ts";
import { readAll, stageContent } from "../../placing/stage-content.ts";
import type { BadBlob } from "../bad-blob.ts";
import type { RepairContext } from "../repair-context.ts";
import { type Brought, type NotBrought, notBrought } from "./candidate.ts";

/** What keeps a single file from being read. */
const UNREADABLE = ["PERMISSION", "REFUSED", "BACKEND", "UNSUPPORTED", "UNAVAILABLE"] as const;

/** What staging for a blob works with: the bytes are hashed in any case, and named as it is. */
export function stagingFor(context: RepairContext, { place: { key } }: BadBlob): PlacingContext {
  const { settings } = context;
  const layout = key === undefined ? settings.layout : isCasName(key) ? "cas" : "policy_path";
  return { ...context, settings: { ...settings, layout, computeSha256: true } };
}

/** A file that may have right bytes. */
export interface FileToRead {
  /** Its URI, for messages. */
  readonly uri: string;
  /** Where it is in the store; `undefined` for one that lies elsewhere. */
  readonly key: BlobKey | undefined;
  /** Where it is on the machine, as far as that is known. */
  readonly path: string | undefined;
}

/** Stages what is in a file, if these are the bytes of a blob. Nobody gets to read it who may not read the file. */
export async function stageCopy(context: RepairContext, blob: BadBlob, file: FileToRead): Promise<Brought> {
  const { sha256, bytes } = blob;
  const { signal } = context.options;
  let failure: NotBrought | undefined;
  const reading = async <Value>(read: () => Promise<Value>): Promise<Value> => {
    try {
      return await read();
    } catch (cause) {
      failure = describeFailure(cause, file.uri);
      throw cause;
    }
  };
  try {
    const found = await reading(() => openFile(context, file));
    if (found === undefined) return notBrought("gone");
    if (bytes !== null && found.sizeBytes !== bytes) return otherSize(found.sizeBytes, bytes);
    const chunks = readEach(found.open(), { reading, signal });
    const expected = { name: file.uri, sha256, bytes: found.sizeBytes, mode: found.mode };
    return { content: await stageContent(stagingFor(context, blob), chunks, expected) };
  } catch (error) {
    signal?.throwIfAborted();
    if (failure !== undefined) return failure;
    if (isCatalogError(error, "INTEGRITY")) return notBrought("other_bytes");
    if (isCatalogError(error, "SIZE_MISMATCH")) return notBrought("unavailable", "it is being written to");
    throw error;
  }
}

function otherSize(found: number, bytes: number): NotBrought {
  return notBrought("other_size", `it has ${found} bytes, ${bytes} are on record`);
}

/** @throws what is no failure of the file itself */
function describeFailure(cause: unknown, path: string): NotBrought {
  const error = asCatalogError(cause, { verb: "read", path });
  if (isCatalogError(error, "NOT_FOUND")) return notBrought("gone");
  const code = UNREADABLE.find((each) => isCatalogError(error, each));
  if (code === undefined) throw error;
  return notBrought("unavailable", `it cannot be read (${code})`);
}

/** A file that can be read. */
interface OpenableFile {
  readonly sizeBytes: number;
  readonly mode: number | undefined;
  readonly open: () => AsyncIterable<Uint8Array>;
}

async function openFile(context: RepairContext, { key, path }: FileToRead): Promise<OpenableFile | undefined> {
  const { store, fs } = context;
  if (key === undefined) {
    const stat = path === undefined ? undefined : await fs.stat(path);
    if (path === undefined || stat?.kind !== "file") return undefined;
    return { sizeBytes: stat.sizeBytes, mode: stat.mode, open: () => readFileAt(fs, path) };
  }
  const stat = await store.stat(key);
  if (stat === undefined) return undefined;
  const { sizeBytes } = stat;
  return { sizeBytes, mode: await modeOf(context, store.uriOf(key)), open: () => readBlob(context, key) };
}

/** The permission bits of a file that a URI names; `undefined` where there is none. */
export async function modeOf({ fs }: Pick<RepairContext, "fs">, uri: string): Promise<number | undefined> {
  const path = decodePathOfUri(uri);
  // What cannot be looked at has no mode that could be kept.
  const stat = path === undefined ? undefined : await fs.lstat(path).catch(() => undefined);
  return stat?.kind === "file" ? stat.mode : undefined;
}

async function* readFileAt(fs: FileSystem, path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await fs.open(path, "read");
  try {
    yield* readChunks(handle);
  } finally {
    await handle.close();
  }
}

async function* readBlob({ store }: RepairContext, key: BlobKey): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = await store.open(key);
  if (stream !== undefined) yield* readAll(stream);
}

/** What fails in here is told from what fails in writing. */
async function* readEach(
  chunks: AsyncIterable<Uint8Array>,
  {
    reading,
    signal,
  }: {
    readonly reading: <Value>(read: () => Promise<Value>) => Promise<Value>;
    readonly signal: AbortSignal | undefined;
  },
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reading(() => iterator.next());
      if (done === true) return;
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
