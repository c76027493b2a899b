import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { program, ROOT } from "./measure.mjs";

/** What artifacts look like under the default template: most have a folder of their own. */
const FILES_PER_FOLDER = 10 / 3;

function writeTree(folder, files) {
  const folders = Math.ceil(files / FILES_PER_FOLDER);
  for (let at = 0; at < files; at++) {
    const artifact = at % folders;
    const below = join(folder, `resolver-${artifact % 7}`, `artifact-${artifact}`);
    if (at < folders) mkdirSync(below, { recursive: true });
    writeFileSync(join(below, `${at}.pdf`), "");
  }
}

/** Listing a tree, which everything that looks for orphans does first, against `find`. */
export const list = {
  name: "list",
  async prepare({ folder, size = 100_000 }) {
    const tree = join(folder, "tree");
    writeTree(tree, size);
    const bundle = join(folder, "file-system.mjs");
    const entry = join(ROOT, "src", "adapters", "fs", "node.ts");
    await build({
      entryPoints: [entry],
      bundle: true,
      platform: "node",
      format: "esm",
      outfile: bundle,
      logLevel: "error",
    });
    const [ours, empty, peer] = ["FileSystem.list", "FileSystem.list of nothing", "find -printf '%p\\n'"];
    const nothing = join(folder, "nothing");
    mkdirSync(nothing);
    const sides = [
      { name: ours, command: program("list-ours.mjs", bundle, tree) },
      { name: empty, command: program("list-ours.mjs", bundle, nothing) },
      { name: peer, command: ["find", tree, "-printf", "%p\\n"] },
    ];
    return {
      title: `listing ${size} files, whole processes`,
      sides: sides.map((side) => ({ ...side, timing: "wall" })),
      // Starting the runtime is no part of it.
      comparisons: ["time", "processor"].map((figure) => ({ ours, peer, without: empty, figure, goal: 2 })),
    };
  },
};
