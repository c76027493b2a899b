import { setImmediate } from "node:timers/promises";
import type { DigestFiles } from "../../adapters/digest/digest-files.ts";
import type { DigestLane } from "../../adapters/digest/lane.ts";
import { createThreadLane } from "../../adapters/digest/thread-lane.ts";
import { createNativeHasher } from "../../adapters/hash/native.ts";
import { denoFiles } from "./deno-files.ts";
import { nodeFiles } from "./node-files.ts";

/** Whose calls on files are used: those of `node:fs`, which Bun has, too, or those of Deno. */
export type FilesOf = "node" | "deno";

const FILES: Readonly<Record<FilesOf, DigestFiles>> = { node: nodeFiles, deno: denoFiles };

/** Reads the files of the machine in this thread, with a pause each `pauseBytes`. */
export function openThreadLane(filesOf: FilesOf, pauseBytes: number): DigestLane {
  const pause = (): Promise<void> => setImmediate();
  return createThreadLane({ files: FILES[filesOf], hasher: createNativeHasher(), pause, pauseBytes });
}
