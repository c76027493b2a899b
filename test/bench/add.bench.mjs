import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, program } from "./measure.mjs";
import { makeFiles } from "./programs/place-files.mjs";

/** Files a folder: what somebody's downloads look like after sorting them. */
const FILES_PER_FOLDER = 100;

/** Writes so many files below a folder. */
export function writeFiles(folder, count) {
  makeFiles(count).forEach(({ bytes }, index) => {
    const below = join(folder, `part-${Math.floor(index / FILES_PER_FOLDER)}`);
    mkdirSync(below, { recursive: true });
    writeFileSync(join(below, `${index}.bin`), bytes);
  });
}

/** What the command adds to the library: walking a folder, keeping the order, counting, reporting. */
export const add = {
  name: "add",
  prepare({ folder, size = 2000 }) {
    const downloads = join(folder, "downloads");
    writeFiles(downloads, size);
    const fresh = join(folder, "fresh");
    const [catalog, root] = [join(fresh, "catalog.sqlite"), join(fresh, "root")];
    const args = ["add", downloads, "--recursive", "--quiet", "--catalog", catalog, "--root", root];
    const ours = { name: "catalog add -r", command: cli(...args, "--set", "storage.layout=cas") };
    const library = { name: "finalize of each file", command: program("add-ours.mjs", downloads, catalog, root) };
    return {
      title: `adding ${size} files of 100 kB in the mean, whole processes`,
      sides: [ours, library].map((side) => ({ ...side, timing: "wall", fresh })),
      comparisons: [{ ours: ours.name, peer: library.name, figure: "time", goal: 1.15 }],
    };
  },
};
