import { spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { importCommand, makeManifest, OUTCOMES_PER_RECORD, PARTLY_DONE } from "./catalog.bench.mjs";
import { program, runCommand } from "./measure.mjs";

/** One of twenty lines, or as many documents of others. */
const TOMBSTONES = 0.05;

/** An import of lines that are all known, or were removed on purpose, against one where nothing ever was. */
export const reimportTombstones = {
  name: "reimport-tombstones",
  async prepare({ folder, size = 200_000 }) {
    const { manifest, expected } = await makeManifest(folder, Math.ceil(size / OUTCOMES_PER_RECORD));
    const path = (name) => join(folder, name, "catalog.sqlite");
    const [node, ...args] = importCommand(manifest, path("none"));
    const { status, stderr } = spawnSync(node, args, { encoding: "utf8" });
    if (status !== PARTLY_DONE) throw new Error(`Cannot import the corpus: exit code ${status}\n${stderr}`);
    const count = Math.round(expected.outcomes * TOMBSTONES);
    for (const whose of ["others", "lines"]) {
      cpSync(join(folder, "none"), join(folder, whose), { recursive: true });
      runCommand(program("remove-ours.mjs", path(whose), count, whose));
    }
    const [none, others, lines] = ["no tombstones", `${count} of other documents`, `${count} of the lines`];
    const side = (name, place) => ({
      name,
      command: importCommand(manifest, path(place)),
      timing: "wall",
      exitCodes: [PARTLY_DONE],
    });
    return {
      title: `import-manifest --hash none of ${expected.outcomes} known outcomes, whole process`,
      sides: [side(none, "none"), side(others, "others"), side(lines, "lines")],
      comparisons: [others, lines].flatMap((ours) =>
        ["time", "processor"].map((figure) => ({ ours, peer: none, figure, goal: 1.1 })),
      ),
    };
  },
};
