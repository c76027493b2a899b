import type { FileSystem } from "../../../../src/ports/file-system.ts";
import { openFolder } from "./open-folder.ts";

/** What a worker is told to do, and at which change of the files it is to die: before it, or in the middle of a write. */
export interface DyingTask {
  readonly folder: string;
  readonly work: keyof typeof WORK;
  readonly dieAt: number;
}

/** The last that is heard of it. */
export type LastWords = "dying" | "done";

/* The script of a worker that dies: from then on it changes nothing, and waits until it is ended. */

const WORK = {
  rename: (fs: FileSystem): Promise<void> => fs.rename("/source", "/target"),
  unlink: (fs: FileSystem): Promise<void> => fs.unlink("/target"),
  compact: async (fs: FileSystem): Promise<void> => {
    await fs.setMode("/source", 0o400);
    await fs.setMode("/source", 0o600);
  },
} as const;

function say(words: LastWords): void {
  postMessage(words);
}

addEventListener("message", ({ data }: MessageEvent<DyingTask>) => {
  // Nobody hears what comes after it has died.
  perform(data).catch(() => {});
});

async function perform({ folder, work, dieAt }: DyingTask): Promise<void> {
  let changes = 0;
  const isDead = (): boolean => {
    changes += 1;
    if (changes === dieAt) say("dying");
    return changes >= dieAt;
  };
  const fs = await openFolder(folder, {
    compactBytes: work === "compact" ? 100 : undefined,
    interference: {
      beforeChange: async () => {
        if (isDead()) await new Promise(() => {});
      },
      beforeWrite: (sizeBytes) => {
        if (!isDead()) return sizeBytes;
        if (changes > dieAt) throw new Error("dead");
        return Math.floor(sizeBytes / 2);
      },
    },
  });
  await WORK[work](fs);
  await fs.close();
  say("done");
}
