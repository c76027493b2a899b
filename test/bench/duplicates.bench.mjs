import { join } from "node:path";
import { cli, program, runCommand } from "./measure.mjs";

/** The smallest file. */
const LEAST_BYTES = 4096;

/** Files of one content. */
const COPIES = 2;

/** Telling what is there more than once from rows, against finding it out from the files with jdupes, a package of Debian. */
export const dedupReport = {
  name: "dedup-report",
  prepare({ folder, size = 100_000 }) {
    const made = join(folder, "root");
    runCommand(program("make-contents.mjs", made, size, LEAST_BYTES, "policy_path", COPIES));
    const [catalog, root] = [join(made, "catalog.sqlite"), join(made, "docs")];
    const [ours, peer] = ["catalog dedup-report", "jdupes --recurse --summarize"];
    return {
      title: `duplicates among ${size} files of 4 to 5 KiB, whole processes`,
      sides: [
        { name: ours, command: cli("dedup-report", "--quiet", "--catalog", catalog, "--root", root), timing: "wall" },
        { name: peer, command: ["jdupes", "--quiet", "--recurse", "--summarize", root], timing: "wall" },
      ],
      comparisons: [
        { ours, peer, figure: "time", goal: 1 },
        { ours, peer, figure: "processor" },
      ],
    };
  },
};
