import { asCatalogError } from "../../../core/messages/file-error.ts";
import { quote } from "../../../core/messages/quote.ts";
import { isAbsolutePath } from "../../../core/path.ts";
import { CatalogError } from "../../../errors.ts";
import type { FileHandle, FileSystem } from "../../../ports/file-system.ts";
import type { CallOptions } from "../../call-options.ts";
import { type WhileOpenOptions, whileOpen } from "../../closing-source.ts";
import { readChunks } from "../../files/read-chunks.ts";
import type { ImportSource } from "../import-options.ts";

/** An open manifest. */
export interface OpenManifest {
  /** For messages. */
  readonly name: string;
  /** Size in bytes, where it is known. */
  readonly sizeBytes: number | undefined;
  /** To be read once; a chunk is valid until the next one is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Releases the file or the stream. */
  close(): Promise<void>;
}

/** Options of {@link openManifest}. */
export interface OpenManifestOptions extends CallOptions {
  /** What a stream is waited for with; without it however long it takes. */
  readonly waiting?: Omit<WhileOpenOptions, "name"> | undefined;
}

/**
 * Opens a manifest for reading.
 * @throws {TypeError} when a path is not absolute, or a stream is being read by someone else
 * @throws {CatalogError} NOT_FOUND, PERMISSION, UNSUPPORTED for what is no file, BACKEND; later also while reading
 */
export async function openManifest(
  fs: FileSystem,
  source: ImportSource,
  options: OpenManifestOptions = {},
): Promise<OpenManifest> {
  return "stream" in source ? openStream(source, options) : openPath(fs, source.path, options);
}

async function openPath(fs: FileSystem, path: string, { signal }: CallOptions): Promise<OpenManifest> {
  if (!isAbsolutePath(path)) throw new TypeError(`Cannot read manifest ${quote(path)}: expected an absolute path`);
  let handle: FileHandle | undefined;
  try {
    // Looked at before it is opened: to open a pipe waits until somebody writes to it.
    const found = await fs.stat(path);
    if (found !== undefined && found.kind !== "file") throw noFile(path, found.kind === "directory");
    handle = await fs.open(path, "read");
    const { sizeBytes } = await handle.stat();
    const open = handle;
    return { name: path, sizeBytes, chunks: readFile(open, path, { signal }), close: () => open.close() };
  } catch (error) {
    await handle?.close();
    throw asCatalogError(error, { verb: "read manifest", path });
  }
}

function noFile(path: string, folder: boolean): CatalogError<"UNSUPPORTED"> {
  const what = folder ? "it is a folder" : "it is no regular file";
  const hint = folder
    ? 'Name the manifest in it, like "manifest.jsonl".'
    : "Pipe its content in, or write it to a file first.";
  return new CatalogError("UNSUPPORTED", `Cannot read manifest ${quote(path)}: ${what}`, { details: { what }, hint });
}

async function* readFile(handle: FileHandle, path: string, options: CallOptions): AsyncGenerator<Uint8Array> {
  try {
    yield* readChunks(handle, options);
  } catch (error) {
    throw asCatalogError(error, { verb: "read manifest", path });
  }
}

type StreamSource = Extract<ImportSource, { readonly stream: unknown }>;

function openStream(source: StreamSource, options: OpenManifestOptions): OpenManifest {
  const { signal } = options;
  const reader = source.stream.getReader();
  // A source that delivers nothing would never look at the signal.
  const stop = (): void => void reader.cancel(signal?.reason).catch(() => undefined);
  signal?.addEventListener("abort", stop, { once: true });
  return {
    name: source.name,
    sizeBytes: undefined,
    chunks: readStream(reader, { ...options, name: source.name }),
    close: async () => {
      signal?.removeEventListener("abort", stop);
      // After the end this does nothing; before it, it tells the source to stop. Its failure changes nothing for us.
      await reader.cancel().catch(() => undefined);
      reader.releaseLock();
    },
  };
}

async function* readStream(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  options: OpenManifestOptions & { readonly name: string },
): AsyncGenerator<Uint8Array> {
  const { signal, waiting, name } = options;
  for (;;) {
    signal?.throwIfAborted();
    const { done, value } = await (waiting === undefined
      ? reader.read()
      : whileOpen(reader.read(), { ...waiting, name }));
    signal?.throwIfAborted();
    if (done) return;
    if (!(value instanceof Uint8Array)) {
      throw new TypeError(`Cannot read manifest ${quote(name)}: its stream gives ${typeof value}, expected Uint8Array`);
    }
    yield value;
  }
}
