import { join } from "node:path";
import { program, runCommand } from "./measure.mjs";

/** Deciding about every row, against reading every row. */
export const retention = {
  name: "retention",
  prepare({ folder, size = 100_000 }) {
    const root = join(folder, "root");
    runCommand(program("make-retained.mjs", root, size));
    const words = [join(root, "catalog.sqlite"), join(root, "docs")];
    const [ours, open, peer] = ["planRetention", "opening the catalog", "SELECT * FROM documents, sql.js"];
    return {
      title: `a decision about ${size} rows, by age and a cap, one file looked at for each artifact with two copies, of which a tenth of them is`,
      sides: [
        { name: ours, command: program("retention-ours.mjs", ...words, size), timing: "reported" },
        { name: open, command: program("only-open.mjs", ...words), timing: "reported" },
        { name: peer, command: program("scan-sqljs.mjs", ...words), timing: "reported" },
      ],
      comparisons: [
        { ours, peer, figure: "time", goal: 2 },
        { ours, peer: open, figure: "memoryAbove", goal: 200 },
      ],
    };
  },
};
