/* What is measured twice: as it is, and as it was in a build of an earlier commit (`--before COMMIT`). */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { makeCorpus } from "../corpus/make-corpus.mjs";
import { writeFiles } from "./add.bench.mjs";
import { makeCatalog, OUTCOMES_PER_RECORD, PARTLY_DONE } from "./catalog.bench.mjs";
import { fillCatalog } from "./engine.bench.mjs";
import { cliOf, DIST, program } from "./measure.mjs";

/** Both builds side by side: `sideOf` makes the side of one from the folder of its build. */
function bothBuilds({ before, what, goal }, sideOf) {
  const name = (when) => `${what}, ${when}`;
  const sides = [
    ["now", DIST],
    ["before", before],
  ].map(([when, dist]) => ({ name: name(when), env: { BENCH_DIST: dist }, ...sideOf(dist, when) }));
  const figures = ["time", "processor"];
  return { sides, comparisons: figures.map((figure) => ({ ours: name("now"), peer: name("before"), figure, goal })) };
}

function joined(title, parts) {
  return {
    title,
    sides: parts.flatMap(({ sides }) => sides),
    comparisons: parts.flatMap(({ comparisons }) => comparisons),
  };
}

/** Leases cost something: two statements each, in batches that are shared. */
export const beforeIngest = {
  name: "before-ingest",
  prepare({ folder, before, size = 10_000 }) {
    const parts = ["cas", "policy_path"].map((layout) =>
      bothBuilds({ before, what: `ingest, ${layout}`, goal: 1.2 }, (_dist, when) => {
        const fresh = join(folder, `${layout}-${when}`);
        return { command: program("ingest-small.mjs", join(fresh, "root"), size, layout), timing: "reported", fresh };
      }),
    );
    return joined(`placing and registering ${size} files of 2 kB`, parts);
  },
};

/** Where files are registered where they lie, in the root each has a lease. */
export const beforeImport = {
  name: "before-import",
  async prepare({ folder, before, size = 20_000 }) {
    const corpus = join(folder, "corpus");
    const expected = await makeCorpus({
      directory: corpus,
      records: Math.ceil(size / OUTCOMES_PER_RECORD),
      meanKib: 4,
    });
    const ways = [
      ["hash missing, beside the root", ["--hash", "missing"], "root"],
      ["hash none, beside the root", ["--hash", "none"], "root"],
      ["hash missing, in the root", ["--hash", "missing"], corpus],
      ["hash none, in the root", ["--hash", "none"], corpus],
    ];
    const parts = ways.map(([what, args, root], at) =>
      bothBuilds({ before, what, goal: 1.05 }, (dist, when) => {
        const fresh = join(folder, `import-${at}-${when}`);
        const where = [
          "--catalog",
          join(fresh, "catalog.sqlite"),
          "--root",
          root === corpus ? corpus : join(fresh, root),
        ];
        const command = cliOf(dist, "import-manifest", join(corpus, "manifest.jsonl"), ...args, "--quiet", ...where);
        return { command, timing: "wall", exitCodes: [PARTLY_DONE], fresh };
      }),
    );
    return joined(`import-manifest of ${expected.outcomes} outcomes where they lie, whole process`, parts);
  },
};

/** The walk, names, rows of a file that is known. */
export const beforeAdd = {
  name: "before-add",
  prepare({ folder, before, size = 2000 }) {
    const downloads = join(folder, "downloads");
    writeFiles(downloads, size);
    const part = bothBuilds({ before, what: "catalog add -r", goal: 1.05 }, (dist, when) => {
      const fresh = join(folder, `add-${when}`);
      const where = ["--catalog", join(fresh, "catalog.sqlite"), "--root", join(fresh, "root")];
      return { command: cliOf(dist, "add", downloads, "--recursive", "--quiet", ...where), timing: "wall", fresh };
    });
    return joined(`adding ${size} files of 100 kB in the mean, whole process`, [part]);
  },
};

/** What is done most often. Each build has a catalog of its own making: the schema may be another. */
export const beforeOpen = {
  name: "before-open",
  async prepare({ folder, before, size = 100_000 }) {
    const shown = new Map();
    for (const dist of [DIST, before])
      shown.set(dist, await makeCatalog(join(folder, `show-${shown.size}`), size, dist));
    const parts = [
      bothBuilds({ before, what: "show", goal: 1.05 }, (dist) => {
        const { path, rows } = shown.get(dist);
        const [, id] = rows[Math.floor(rows.length / 2)];
        return { command: cliOf(dist, "show", id, "--catalog", path), timing: "wall" };
      }),
      bothBuilds({ before, what: "open", goal: 1.05 }, (dist, when) => {
        const path = fillCatalog(join(folder, `open-${when}`), size, { BENCH_DIST: dist });
        const command = program("open-ours.mjs", path);
        // The first opening may write something down: after that there is one file again.
        for (const [file, ...args] of [command, cliOf(dist, "checkpoint", "--catalog", path)]) {
          const { status, stderr } = spawnSync(file, args, {
            encoding: "utf8",
            env: { ...process.env, BENCH_DIST: dist },
          });
          if (status !== 0) throw new Error(`Cannot prepare a catalog: exit code ${status}\n${stderr}`);
        }
        return { command, timing: "reported" };
      }),
      bothBuilds({ before, what: "register, one at a time", goal: 1.05 }, (_dist, when) => {
        const fresh = join(folder, `register-${when}`);
        const command = program("register-ours.mjs", join(fresh, "catalog.sqlite"), 2000, 1);
        return { command, timing: "reported", fresh };
      }),
    ];
    return joined(`show, open and register in catalogs of ${size} documents`, parts);
  },
};
