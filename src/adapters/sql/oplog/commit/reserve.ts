import { hasCode } from "../../../../core/messages/file-error.ts";
import { closeQuietly, type Loaded, type StoreParts } from "../protocol/store.ts";

/** Enough for batches that make room, and for the files of a small checkpoint. */
const MIN_BYTES = 128 * 1024;
/** More than that is not kept from others. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Makes sure that there is some room which a full disk can get back: enough for a checkpoint unless the catalog is
 * large. What fails is not needed now.
 */
export async function keepReserve({ fs, files }: StoreParts, { snapshot }: Loaded): Promise<void> {
  const sizeBytes = Math.min(MAX_BYTES, Math.max(MIN_BYTES, 2 * snapshot.stat.sizeBytes));
  try {
    const handle = await fs.open(files.reserve, "create");
    try {
      await handle.write(new Uint8Array(sizeBytes));
    } finally {
      await closeQuietly(handle);
    }
  } catch {
    // It is there already, or the disk is full already.
  }
}

/** Gives the room back; `false` when there is none. */
export async function freeReserve({ fs, files }: StoreParts): Promise<boolean> {
  try {
    if ((await fs.lstat(files.reserve))?.kind !== "file") return false;
    await fs.unlink(files.reserve);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}

/** Removes it with the log that it was for. */
export async function removeReserve(parts: StoreParts): Promise<void> {
  try {
    await freeReserve(parts);
  } catch {
    // It is in nobody's way.
  }
}
