import { randomFillSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { program, ROOT } from "./measure.mjs";

/** With 10,000 of them one gigabyte. */
const FILE_BYTES = 100_000;

const FOLDERS = 256;

/** Threads of ours, and processes of the peer. */
const JOBS = 2;

function writeFiles(folder, files) {
  const bytes = Buffer.alloc(FILE_BYTES);
  for (let at = 0; at < files; at++) {
    const below = join(folder, String(at % FOLDERS));
    if (at < FOLDERS) mkdirSync(below, { recursive: true });
    randomFillSync(bytes);
    writeFileSync(join(below, String(at)), bytes);
  }
}

/** Reading and hashing many files, which is most of what verifying them costs, against openssl, whole processes. */
export const verifyDigests = {
  name: "verify-digests",
  async prepare({ folder, size = 10_000 }) {
    const [files, nothing, bundle] = ["files", "nothing", "open-digests.mjs"].map((name) => join(folder, name));
    writeFiles(files, size);
    mkdirSync(nothing);
    const entry = join(ROOT, "src", "hosts", "digest", "open-digests.ts");
    const target = { platform: "node", format: "esm", outfile: bundle };
    await build({ entryPoints: [entry], bundle: true, ...target, logLevel: "error" });
    const [ours, start, peer] = ["digests in two threads", "starting them", "xargs -P2 openssl dgst -sha256"];
    const openssl = `find "$0" -type f -print0 | xargs -0 -P${JOBS} -n 1250 openssl dgst -sha256 > /dev/null`;
    return {
      title: `digests of ${size} files of ${FILE_BYTES / 1000} kB, ${JOBS} jobs, whole processes`,
      sides: [
        { name: ours, command: program("digests-ours.mjs", bundle, files, JOBS), timing: "wall" },
        { name: start, command: program("digests-ours.mjs", bundle, nothing, JOBS), timing: "wall" },
        { name: peer, command: ["sh", "-c", openssl, files], timing: "wall" },
      ],
      comparisons: [
        { ours, peer, figure: "time" },
        { ours, peer, figure: "processor" },
        { ours, peer, without: start, figure: "time", goal: 1.4 },
        { ours, peer, without: start, figure: "processor" },
      ],
    };
  },
};
