import { join } from "node:path";
import { cli, program, runCommand } from "./measure.mjs";

/** One of a hundred files has no row. */
const ORPHANS = 0.01;

function makeRoot(folder, { files, layout, rows }) {
  runCommand(program("make-root.mjs", folder, files, layout, rows));
  return [join(folder, "catalog.sqlite"), join(folder, "docs"), layout];
}

/** Looking for what nothing refers to, against looking at every file and opening the catalog. */
function dryRun(name, layout) {
  return {
    name,
    prepare({ folder, size = 100_000 }) {
      const rows = Math.floor(size * (1 - ORPHANS));
      const root = makeRoot(join(folder, "root"), { files: size, layout, rows });
      const [ours, open, peer] = ["planCollect, dryRun", "opening the catalog", "find -printf '%s %T@ %p\\n', sql.js"];
      return {
        title: `a dry run over ${size} files, of which ${size - rows} have no row, layout ${layout}`,
        sides: [
          { name: ours, command: program("gc-ours.mjs", ...root), timing: "reported" },
          { name: open, command: program("only-open.mjs", ...root), timing: "reported" },
          { name: peer, command: program("find-and-open.mjs", ...root), timing: "reported" },
        ],
        comparisons: [
          ...["time", "processor"].map((figure) => ({ ours, peer, figure, goal: 2 })),
          { ours, peer: open, figure: "memoryAbove", goal: 200 },
        ],
      };
    },
  };
}

export const gcCas = dryRun("gc-cas", "cas");

export const gcPolicyPath = dryRun("gc-policy-path", "policy_path");

/** Collecting, each file looked at again and written down before it goes, against deleting. */
export const gcApply = {
  name: "gc-apply",
  prepare({ folder, size = 100_000 }) {
    const [ours, peer] = ["catalog gc --apply, whole process", "find -type f -delete"];
    const side = (name, commandOf) => {
      const fresh = join(folder, `fresh-${commandOf.name}`);
      const setUp = program("make-root.mjs", fresh, size, "cas", 0);
      return {
        name,
        command: commandOf(join(fresh, "catalog.sqlite"), join(fresh, "docs")),
        timing: "wall",
        fresh,
        setUp,
      };
    };
    // All goes but the one file that has a row.
    const words = ["gc", "--apply", "--orphans", "0", "--force", "--quiet"];
    const gc = (catalog, root) => cli(...words, "--catalog", catalog, "--root", root);
    const find = (_, root) => ["find", join(root, "cas"), "-type", "f", "-delete"];
    return {
      title: `collecting ${size} files that nothing refers to, layout cas`,
      sides: [side(ours, gc), side(peer, find)],
      comparisons: ["time", "processor"].map((figure) => ({ ours, peer, figure })),
    };
  },
};
