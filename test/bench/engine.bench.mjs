import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { program, ROOT } from "./measure.mjs";

const SCHEMA = join(ROOT, "schema", "0001_documents.sql");

/** Registrations in flight at once. */
const AT_ONCE = 64;

/** A catalog of so many rows in one file. */
export function fillCatalog(folder, rows, env = {}) {
  const path = join(folder, `rows-${rows}`, "catalog.sqlite");
  const [node, ...args] = program("fill-ours.mjs", path, rows);
  const { status, stderr } = spawnSync(node, args, { encoding: "utf8", env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`Cannot fill a catalog: exit code ${status}\n${stderr}`);
  return path;
}

/** Durable registrations in one process, against SQLite itself on the same disk. */
export const register = {
  name: "register",
  peers: ["better-sqlite3"],
  prepare({ folder, size = 2000 }) {
    const side = (name, script, ...args) => {
      const fresh = join(folder, script);
      return { name, command: program(script, join(fresh, "catalog.sqlite"), ...args), timing: "reported", fresh };
    };
    const [one, many] = ["one at a time", `${AT_ONCE} in flight`];
    const peer = "better-sqlite3, WAL, synchronous=FULL";
    return {
      title: `${size} durable registrations`,
      sides: [
        side(one, "register-ours.mjs", size, 1),
        side(peer, "register-better-sqlite3.mjs", SCHEMA, size),
        side(many, "register-ours.mjs", size, AT_ONCE),
      ],
      comparisons: [
        { ours: one, peer, figure: "speed", goal: 0.5 },
        { ours: many, peer: one, figure: "speed", goal: 4 },
      ],
    };
  },
};

/** The same in a large catalog and a small one. */
export const registerLarge = {
  name: "register-large",
  prepare({ folder, size = 1_000_000 }) {
    const sides = [size, 1000].map((rows) => ({
      name: `in a catalog of ${rows} rows`,
      command: program("register-ours.mjs", fillCatalog(folder, rows), 1000, 1),
      timing: "reported",
    }));
    return {
      title: "1000 durable registrations, one at a time",
      sides,
      comparisons: [{ ours: sides[0].name, peer: sides[1].name, figure: "time", goal: 1.5 }],
    };
  },
};

/** A checkpoint while others register and read in the same process. */
export const checkpoint = {
  name: "checkpoint",
  prepare({ folder, size = 100_000 }) {
    const name = "the longest that the event loop stands still";
    return {
      title: `a checkpoint of ${size} rows while registrations and look-ups go on`,
      sides: [{ name, command: program("checkpoint-ours.mjs", fillCatalog(folder, size)), timing: "reported" }],
      comparisons: [
        { ours: name, figure: "milliseconds", goal: 200 },
        { ours: name, figure: "commitMilliseconds", goal: 400 },
      ],
    };
  },
};

/** Opening, against reading the file; and looking for news where there are none. */
export const open = {
  name: "open",
  prepare({ folder, size = 100_000 }) {
    const path = fillCatalog(folder, size);
    const side = (name, script) => ({ name, command: program(script, path), timing: "reported" });
    const [ours, peer, news] = ["openCatalog", "sql.js, readFileSync, new SQL.Database", "looking for news, each time"];
    return {
      title: `opening a catalog of ${size} rows, loading sql.js included`,
      sides: [side(ours, "open-ours.mjs"), side(peer, "open-sqljs.mjs"), side(news, "refresh-ours.mjs")],
      comparisons: [
        { ours, peer, figure: "time", goal: 1.5 },
        { ours: news, figure: "milliseconds", goal: 0.1 },
      ],
    };
  },
};

/** Memory for a large catalog. */
export const memory = {
  name: "memory",
  prepare({ folder, size = 1_000_000 }) {
    const name = "openCatalog, a look-up, close";
    return {
      title: `peak memory with ${size} rows`,
      sides: [{ name, command: program("open-ours.mjs", fillCatalog(folder, size)), timing: "reported" }],
      comparisons: [{ ours: name, figure: "memoryPerFile", goal: 2.5 }],
    };
  },
};
