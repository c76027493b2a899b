import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import type { LocalPorts } from "../../../src/hosts/browser/local-ports.ts";
import { openWorkerPorts } from "../../../src/hosts/browser/worker-ports.ts";
import { testBlobStore } from "../../../src/testing/blob-store/blob-store-suite.ts";
import { testFileSystem } from "../../../src/testing/file-system-suite.ts";
import { testHasher } from "../../../src/testing/hasher-suite.ts";
import type { SuiteRunner } from "../../../src/testing/suite-runner.ts";
import { testHost } from "../host-cases.ts";

/** What a page has for the suites. */
export interface PageUnderTest {
  readonly openCatalog: typeof import("../../../src/hosts/browser.ts").openCatalog;
  /** The files and the hasher of a worker. */
  readonly ports: LocalPorts;
}

/** Starts the worker of the package. */
export function openPagePorts(): Promise<LocalPorts> {
  const worker = new Worker("/dist/browser-worker.mjs", { type: "module" });
  return openWorkerPorts({ worker, ours: true }, { files: "opfs", wasm: "/dist/sql-wasm.wasm" });
}

/** The suites that run in a page, over what is in a worker; names only are wanted when there is no page. */
export function testInPage(runner: SuiteRunner, page?: PageUnderTest): void {
  const openPlace = () => makePlace(theOnly(page).ports);
  testFileSystem(runner, "opfs from a page", openPlace);
  testHasher(runner, "wasm from a page", () => theOnly(page).ports.hasher);
  testBlobStore(runner, "of files of opfs from a page", async () => {
    const { fs, directory, dispose } = await openPlace();
    const rootDir = `${directory}/not/yet/there`;
    return { store: await openFileBlobStore({ fs, rootDir, entropy: webCryptoEntropy }), dispose };
  });
  testHost(runner, "browser", {
    get fs() {
      return theOnly(page).ports.fs;
    },
    openCatalog: (options) => theOnly(page).openCatalog(options),
    hashers: ["wasm", "auto"],
    makePlace: openPlace,
  });
}

function theOnly(page: PageUnderTest | undefined): PageUnderTest {
  if (page === undefined) throw new TypeError("Cannot run a case: there is no page");
  return page;
}

async function makePlace({ fs }: LocalPorts) {
  const directory = `/${webCryptoEntropy.nonce()}`;
  await fs.makeDirectory(directory);
  return { fs, directory, dispose: async () => {} };
}
