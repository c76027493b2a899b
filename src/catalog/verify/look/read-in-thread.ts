import type { DigestPool, DigestRequest, FileDigest } from "../../../ports/digest-pool.ts";
import type { CallOptions } from "../../call-options.ts";
import { type HashFileContext, hashFile } from "../../files/hash-file.ts";
import { isSameState } from "../../placing/stage-content.ts";

/** Reads files one after the other in the thread that asks, where a host gives nothing else. */
export function readInThread(context: HashFileContext): DigestPool {
  return {
    how: "in_thread",
    size: 1,
    digest: async (requests, options = {}) => {
      const digests: FileDigest[] = [];
      for (const request of requests) digests.push(await digestFile(context, request, options));
      return digests;
    },
    close: async () => {},
  };
}

async function digestFile(
  context: HashFileContext,
  { path, followSymlinks }: DigestRequest,
  { signal }: CallOptions,
): Promise<FileDigest> {
  signal?.throwIfAborted();
  const { fs } = context;
  const look = (): ReturnType<typeof fs.stat> => (followSymlinks ? fs.stat(path) : fs.lstat(path));
  try {
    const before = await look();
    if (before === undefined) return { kind: "gone" };
    if (before.kind !== "file") return { kind: "other", what: before.kind };
    const hashed = await hashFile(context, path, { signal });
    const after = await look();
    if (after === undefined) return { kind: "gone" };
    if (!hashed.stable || hashed.sizeBytes !== after.sizeBytes || after.kind !== "file") return { kind: "changing" };
    // A file that was replaced and is stable since was read as what it is now, unless that came after the reading.
    if (!isSameState(after, before)) return { kind: "changing" };
    const { sizeBytes, modifiedMs, identity, links } = after;
    return { kind: "read", sha256: hashed.sha256, sizeBytes, modifiedMs, identity, links };
  } catch (error) {
    signal?.throwIfAborted();
    return failed(error);
  }
}

function failed(error: unknown): FileDigest {
  if (!(error instanceof Error)) throw error;
  const code = "code" in error && typeof error.code === "string" ? error.code : "EIO";
  return { kind: "failed", code, message: error.message };
}
