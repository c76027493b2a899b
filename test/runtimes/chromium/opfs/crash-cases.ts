import { webCryptoEntropy } from "../../../../src/adapters/entropy/web-crypto.ts";
import type { OpfsFileSystem } from "../../../../src/adapters/fs/opfs.ts";
import type { FileHandle } from "../../../../src/ports/file-system.ts";
import { assert, assertEquals } from "../../../../src/testing/assert.ts";
import { createFile, readFileText, readText } from "../../../../src/testing/file-system/place.ts";
import type { SuiteRunner } from "../../../../src/testing/suite-runner.ts";
import type { DyingTask, LastWords } from "./dying-worker.ts";
import { openFolder } from "./open-folder.ts";

/** What another worker has open while one dies. */
interface Survivor {
  readonly fs: OpfsFileSystem;
  /** On `/target`, from before. */
  readonly target: FileHandle;
}

/** Ends a worker at every change that it makes of the files, while another one has files open. */
export function testCrashes(runner: SuiteRunner): void {
  runner.describe("FileSystem opfs, when a worker dies", () => {
    runner.it("has a file under one of its names, and what it replaced stays open", () =>
      atEveryChange("rename", async ({ fs }) => {
        const isMoved = (await fs.stat("/source")) === undefined;
        assertEquals(await readFileText(fs, "/target"), isMoved ? "source" : "target");
        return isMoved;
      }),
    );
    runner.it("has a file or not, and it stays open", () =>
      atEveryChange("unlink", async ({ fs }) => {
        if ((await fs.stat("/target")) === undefined) return true;
        assertEquals(await readFileText(fs, "/target"), "target");
        return false;
      }),
    );
    runner.it("has the old list of names or the new one", () =>
      atEveryChange("compact", async ({ fs, target }) => {
        const mode = (await fs.stat("/source"))?.mode ?? 0;
        assert([0o644, 0o400, 0o600].includes(mode), `mode ${mode.toString(8)}`);
        const { identity } = await target.stat();
        await fs.rename("/target", "/elsewhere");
        assertEquals((await fs.stat("/elsewhere"))?.identity, identity);
        return mode === 0o600;
      }),
    );
  });
}

/** Runs a worker until it survives; `check` says whether what it did is done. */
async function atEveryChange(work: DyingTask["work"], check: (survivor: Survivor) => Promise<boolean>): Promise<void> {
  const outcomes = new Set<boolean>();
  for (let dieAt = 1; ; dieAt += 1) {
    const folder = webCryptoEntropy.nonce();
    const fs = await openFolder(folder);
    await createFile({ fs, directory: "/", dispose: async () => {} }, "source");
    const path = await createFile({ fs, directory: "/", dispose: async () => {} }, "target");
    const target = await fs.open(path, "read");
    const words = await runWorker({ folder, work, dieAt });
    const isDone = await check({ fs, target });
    assertEquals(await readText(target, 0, 100), "target", `open file after change ${dieAt}`);
    await target.close();
    await fs.close();
    await checkLeftovers(folder);
    outcomes.add(isDone);
    if (words === "done") {
      assert(isDone && dieAt > 4, `worker that made ${dieAt - 1} changes`);
      break;
    }
  }
  assertEquals(outcomes.size, 2, "outcomes: done and not done");
}

async function runWorker(task: DyingTask): Promise<LastWords> {
  const worker = new Worker("/dying-worker.mjs", { type: "module" });
  const words = await new Promise<LastWords>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(task);
  });
  worker.terminate();
  return words;
}

/** The next one who comes finds everything, and what nobody has open is gone. */
async function checkLeftovers(folder: string): Promise<void> {
  const fs = await openFolder(folder);
  for await (const page of fs.list("/")) {
    for (const { name } of page) {
      const text = await readFileText(fs, `/${name}`);
      assert(["source", "target"].includes(text), `${name} has "${text}"`);
    }
  }
  await fs.close();
  const own = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder);
  const gone = await (await own.getDirectoryHandle(".content-catalog-opfs")).getDirectoryHandle("gone");
  for await (const name of gone.keys()) throw new Error(`"${name}" was left`);
}
