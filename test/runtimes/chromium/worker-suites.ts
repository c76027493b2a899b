import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createOpfsFileSystem } from "../../../src/adapters/fs/opfs.ts";
import { testFileSystem } from "../../../src/testing/file-system-suite.ts";
import type { SuiteRunner } from "../../../src/testing/suite-runner.ts";

let places = 0;

/** The suites that run in a worker, over the adapters as they are. */
export function testInWorker(runner: SuiteRunner): void {
  testFileSystem(runner, "opfs", async () => {
    places += 1;
    const directory = await navigator.storage.getDirectory();
    const options = { locks: navigator.locks, scope: "suite", entropy: webCryptoEntropy };
    const fs = createOpfsFileSystem({ ...options, directory: directory as never });
    await fs.makeDirectory(`/place-${places}`);
    return { fs, directory: `/place-${places}`, dispose: () => fs.close() };
  });
}
