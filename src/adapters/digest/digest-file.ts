import type { DigestRequest, FileDigest } from "../../ports/digest-pool.ts";
import type { FileKind } from "../../ports/file-system.ts";
import type { Hasher } from "../../ports/hasher.ts";
import { concludeError, concludeReading } from "./conclude.ts";
import type { DigestFile, DigestFiles } from "./digest-files.ts";

/** Options of {@link digestFile}. */
export interface DigestFileOptions {
  /** Where the files are. */
  readonly files: DigestFiles;
  /** Makes the digests. */
  readonly hasher: Hasher;
  /** As much as is read at once; it may be used again afterwards. */
  readonly buffer: Uint8Array;
  /** Throws when nobody wants the digest any more. */
  readonly throwIfEnded: () => void;
  /** Called after each read, with the number of bytes. */
  readonly afterRead: (sizeBytes: number) => void | Promise<void>;
}

/** So often a file is read that is another one, or has another size or time, after it was read. */
const ATTEMPTS = 2;

/** The digest of one file. @throws nothing but what `throwIfEnded` throws, which is asked after each read */
export async function digestFile(request: DigestRequest, options: DigestFileOptions): Promise<FileDigest> {
  try {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const digest = await readOnce(request, options);
      if (digest !== undefined) return digest;
    }
    return { kind: "changing" };
  } catch (error) {
    options.throwIfEnded();
    return concludeError(error, await findKind(request, options.files));
  }
}

async function readOnce(request: DigestRequest, options: DigestFileOptions): Promise<FileDigest | undefined> {
  const { path, followSymlinks } = request;
  const file = await options.files.open(path, followSymlinks);
  try {
    const before = await file.stat();
    if (before.kind !== "file") return { kind: "other", what: before.kind };
    const read = await hashFile(file, before.sizeBytes, options);
    // At its name, not at the open file: who replaces a file leaves the one that is open as it is.
    const after = await options.files.look(path, followSymlinks);
    return concludeReading({ before, after, ...read });
  } finally {
    await file.close();
  }
}

async function hashFile(
  file: DigestFile,
  expectedBytes: number,
  { hasher, buffer, throwIfEnded, afterRead }: DigestFileOptions,
): Promise<Pick<FileDigest & { kind: "read" }, "sha256" | "sizeBytes">> {
  const hash = await hasher.create();
  let sizeBytes = 0;
  // That nothing follows is seen when the file is looked at afterwards, for less than one more read.
  do {
    const count = await file.read(buffer, sizeBytes);
    if (count === 0) break;
    await hash.update(buffer.subarray(0, count));
    sizeBytes += count;
    await afterRead(count);
    throwIfEnded();
  } while (sizeBytes < expectedBytes);
  return { sha256: await hash.digest(), sizeBytes };
}

async function findKind({ path, followSymlinks }: DigestRequest, files: DigestFiles): Promise<FileKind | undefined> {
  try {
    return (await files.look(path, followSymlinks))?.kind;
  } catch {
    // Then the first error is the one that counts.
    return undefined;
  }
}
