import { join } from "node:path";
import { program, runCommand } from "./measure.mjs";

/** Looking at every file and every row, against looking at every file and opening the catalog. */
export const audit = {
  name: "audit",
  prepare({ folder, size = 100_000 }) {
    const root = join(folder, "root");
    runCommand(program("make-root.mjs", root, size, "cas", size));
    const words = [join(root, "catalog.sqlite"), join(root, "docs"), "cas"];
    const [ours, open, peer] = ["audit", "opening the catalog", "find -printf '%s %T@ %p\\n', sql.js"];
    return {
      title: `an audit of ${size} files and their rows, layout cas`,
      sides: [
        { name: ours, command: program("audit-ours.mjs", ...words), timing: "reported" },
        { name: open, command: program("only-open.mjs", ...words), timing: "reported" },
        { name: peer, command: program("find-and-open.mjs", ...words), timing: "reported" },
      ],
      comparisons: [
        ...["time", "processor"].map((figure) => ({ ours, peer, figure, goal: 3 })),
        { ours, peer: open, figure: "memoryAbove" },
      ],
    };
  },
};
