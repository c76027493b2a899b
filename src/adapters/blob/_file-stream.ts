import { asCatalogError, hasCode } from "../../core/messages/file-error.ts";
import type { FileHandle, FileSystem } from "../../ports/file-system.ts";

/** Large enough that calls cost little, small enough that many streams at once do not. */
const CHUNK_BYTES = 256 * 1024;

/** The bytes of an open file as a stream, which closes it at its end, when it is cancelled, and when it fails. */
export function streamOf(handle: FileHandle, path: string): ReadableStream<Uint8Array> {
  let position = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const buffer = new Uint8Array(CHUNK_BYTES);
          const got = await handle.read(buffer, position);
          position += got;
          if (got > 0) {
            controller.enqueue(buffer.subarray(0, got));
            return;
          }
        } catch (error) {
          await closeQuietly(handle);
          throw asCatalogError(error, { verb: "read", path });
        }
        await closeQuietly(handle);
        controller.close();
      },
      cancel: () => closeQuietly(handle),
    },
    { highWaterMark: 0 },
  );
}

/** A file that was read has nothing to lose when closing it fails. */
async function closeQuietly(handle: FileHandle): Promise<void> {
  await Promise.allSettled([handle.close()]);
}

/** Writes all of `bytes`, in as many calls as it takes. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.byteLength; ) written += await handle.write(bytes.subarray(written));
}

/** Opens a file to read it; `undefined` when there is none. */
export async function openIfThere(fs: FileSystem, path: string): Promise<FileHandle | undefined> {
  try {
    return await fs.open(path, "read");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
