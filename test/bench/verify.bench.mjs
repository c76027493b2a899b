import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { cli, program, runCommand } from "./measure.mjs";

/** With 10,000 of them one gigabyte. */
const FILE_BYTES = 100_000;

/** A file that hardly takes any time. */
const SMALL_BYTES = 16;

const MIB = 1024 * 1024;

/** Threads of ours, and processes of the peer. */
const JOBS = 2;

function makeContents(folder, files, fileBytes) {
  runCommand(program("make-contents.mjs", folder, files, fileBytes));
  return { catalog: join(folder, "catalog.sqlite"), root: join(folder, "docs") };
}

function verify({ catalog, root }, ...words) {
  return cli("verify", ...words, "--quiet", "--catalog", catalog, "--root", root, "--set", "storage.layout=cas");
}

/** Reading and hashing all files with what openssl does at once. */
function openssl(root) {
  const all = `find "$0" -type f -print0 | xargs -0 -P${JOBS} -n 1250 openssl dgst -sha256 > /dev/null`;
  return ["sh", "-c", all, join(root, "cas")];
}

/** Verifying everything for the first time, against hashing the same files with openssl. */
export const verifyAll = {
  name: "verify",
  prepare({ folder, size = 10_000 }) {
    const made = makeContents(join(folder, "root"), size, FILE_BYTES);
    const never = join(folder, "never-verified.sqlite");
    copyFileSync(made.catalog, never);
    const setUp = ["cp", never, made.catalog];
    const [ours, one, peer] = ["catalog verify --all", "catalog verify 1", "xargs -P2 openssl dgst -sha256"];
    const jobs = ["--jobs", JOBS];
    return {
      title: `verifying ${size} files of ${FILE_BYTES / 1000} kB for the first time, ${JOBS} jobs, whole processes`,
      sides: [
        { name: ours, command: verify(made, "--all", ...jobs), timing: "wall", setUp },
        { name: one, command: verify(made, 1, ...jobs), timing: "wall", setUp },
        { name: peer, command: openssl(made.root), timing: "wall" },
      ],
      comparisons: [
        { ours, peer, figure: "time", goal: 2 },
        { ours, peer, figure: "processor" },
        { ours, peer, without: one, figure: "time" },
        { ours, peer, without: one, figure: "processor" },
      ],
    };
  },
};

/** Verifying once more when nothing is due, against opening the catalog and one query. */
export const verifyAgain = {
  name: "verify-again",
  prepare({ folder, size = 100_000 }) {
    const made = makeContents(join(folder, "root"), size, SMALL_BYTES);
    runCommand(verify(made, "--all"));
    const [ours, peer] = ["catalog verify --max-age 30d", "bare sql.js script"];
    return {
      title: `verifying ${size} blobs again when none is due, whole processes`,
      sides: [
        { name: ours, command: verify(made, "--max-age", "30d"), timing: "wall" },
        { name: peer, command: program("due-sqljs.mjs", made.catalog), timing: "wall" },
      ],
      comparisons: [
        { ours, peer, figure: "time", goal: 1.5 },
        { ours, peer, figure: "processor" },
      ],
    };
  },
};

/** A file of any size takes the same memory: `size` counts MiB. */
export const verifyLarge = {
  name: "verify-large",
  prepare({ folder, size = 4096 }) {
    const [large, small] = [size, size / 16].map((mib) => {
      const name = `one of ${mib} MiB`;
      const made = makeContents(join(folder, String(mib)), 1, mib * MIB);
      return { name, root: made.root, command: program("verify-ours.mjs", made.catalog, made.root, "cas", JOBS) };
    });
    const [ours, peer] = [large.name, "openssl dgst -sha256"];
    return {
      title: `verifying a file of ${size} MiB`,
      sides: [
        ...[large, small].map(({ name, command }) => ({ name, command, timing: "reported" })),
        { name: peer, command: openssl(large.root), timing: "wall" },
      ],
      comparisons: [
        { ours, peer: small.name, figure: "memoryAbove", goal: 10 },
        ...["time", "processor"].map((figure) => ({ ours, peer, figure })),
      ],
    };
  },
};

/** What verifying takes of memory beside the catalog, which has its results in it by then. */
export const verifyMemory = {
  name: "verify-memory",
  prepare({ folder, size = 100_000 }) {
    const made = makeContents(join(folder, "root"), size, SMALL_BYTES);
    runCommand(verify(made, "--all"));
    const words = [made.catalog, made.root, "cas"];
    const [ours, open] = ["verify of everything", "opening the catalog"];
    return {
      title: `verifying ${size} blobs of ${SMALL_BYTES} B`,
      sides: [
        { name: ours, command: program("verify-ours.mjs", ...words, JOBS), timing: "reported" },
        { name: open, command: program("only-open.mjs", ...words), timing: "reported" },
      ],
      comparisons: [{ ours, peer: open, figure: "memoryAbove", goal: 100 }],
    };
  },
};
