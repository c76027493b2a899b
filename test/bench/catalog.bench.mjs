import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import initSqlJs from "sql.js";
import { makeCorpus } from "../corpus/make-corpus.mjs";
import { cli, cliOf, DIST, program, ROOT } from "./measure.mjs";

/** Of a hundred downloads in a corpus some eighty-nine become documents, and ninety-one outcomes. */
const DOCUMENTS_PER_RECORD = 0.88;
export const OUTCOMES_PER_RECORD = 0.905;

const LOOK_UPS = 20_000;

/** Takes the look-ups all over the catalog, never two neighbours in a row. */
const STRIDE = 7919;

/** "Partly done": a corpus has damaged lines. */
export const PARTLY_DONE = 3;

/** A manifest of so many downloads, and what is to become of them. */
export async function makeManifest(folder, records) {
  const expected = await makeCorpus({ directory: join(folder, "corpus"), records, manifestOnly: true });
  return { manifest: join(folder, "corpus", "manifest.jsonl"), expected };
}

/** An import that reads no file, as a user runs it. */
export function importCommand(manifest, path, dist = DIST) {
  return cliOf(
    dist,
    "import-manifest",
    manifest,
    "--hash",
    "none",
    "--quiet",
    "--catalog",
    path,
    "--root",
    join(path, ".."),
  );
}

/** A catalog of about so many documents, and what to ask it for. */
export async function makeCatalog(folder, documents, dist = DIST) {
  const { manifest } = await makeManifest(folder, Math.ceil(documents / DOCUMENTS_PER_RECORD));
  const path = join(folder, "catalog.sqlite");
  const [node, ...args] = importCommand(manifest, path, dist);
  const { status, stderr } = spawnSync(node, args, { encoding: "utf8" });
  if (status !== PARTLY_DONE) throw new Error(`Cannot import the corpus: exit code ${status}\n${stderr}`);
  const { Database } = await initSqlJs();
  const database = new Database(readFileSync(path));
  const rows = database.exec("SELECT id, artifact_id FROM documents ORDER BY id")[0]?.values ?? [];
  database.close();
  return { path, rows };
}

/** The whole import as a user runs it against inserting the same rows. */
export const importManifest = {
  name: "import",
  peers: ["better-sqlite3"],
  async prepare({ folder, size = 200_000 }) {
    const { manifest, expected } = await makeManifest(folder, Math.ceil(size / OUTCOMES_PER_RECORD));
    const peer = (what) =>
      program("insert-better-sqlite3.mjs", folder, manifest, join(ROOT, "schema", "0001_documents.sql"), what);
    const fresh = join(folder, "fresh", "catalog.sqlite");
    return {
      title: `import-manifest --hash none of ${expected.outcomes} outcomes, ${expected.documents} documents`,
      sides: [
        {
          name: "catalog import-manifest, whole process",
          command: importCommand(manifest, fresh),
          timing: "wall",
          exitCodes: [PARTLY_DONE],
          fresh: join(folder, "fresh"),
        },
        { name: "better-sqlite3, reading and inserting", command: peer("reading"), timing: "reported" },
        { name: "better-sqlite3, inserting only", command: peer("prepared"), timing: "reported" },
      ],
      comparisons: [
        {
          ours: "catalog import-manifest, whole process",
          peer: "better-sqlite3, reading and inserting",
          figure: "time",
          goal: 1.2,
        },
        {
          ours: "catalog import-manifest, whole process",
          peer: "better-sqlite3, inserting only",
          figure: "time",
          goal: 1.2,
        },
      ],
    };
  },
};

/** A catalog, and the documents that are looked up in it. */
export async function makeLookUps(folder, size) {
  const { path, rows } = await makeCatalog(folder, size);
  const queries = join(folder, "queries.json");
  const wanted = Array.from({ length: LOOK_UPS }, (_, index) => rows[(index * STRIDE) % rows.length]);
  const [ids, artifactIds] = [wanted.map(([id]) => id), wanted.map(([, artifactId]) => artifactId)];
  writeFileSync(queries, JSON.stringify({ ids, artifactIds }));
  return { path, rows, queries };
}

/** Look-ups by key in an open catalog against a bare prepared statement. */
export const lookUp = {
  name: "look-up",
  async prepare({ folder, size = 100_000 }) {
    const { path, rows, queries } = await makeLookUps(folder, size);
    const side = (name, script, by) => ({ name, command: program(script, path, queries, by), timing: "reported" });
    return {
      title: `${LOOK_UPS} look-ups in a catalog of ${rows.length} documents`,
      sides: [
        side("getById", "look-up-ours.mjs", "id"),
        side("sql.js by id", "look-up-sqljs.mjs", "id"),
        side("listByArtifact", "look-up-ours.mjs", "artifact"),
        side("sql.js by artifact", "look-up-sqljs.mjs", "artifact"),
      ],
      comparisons: [
        { ours: "getById", peer: "sql.js by id", figure: "speed", goal: 0.8 },
        { ours: "listByArtifact", peer: "sql.js by artifact", figure: "speed", goal: 0.8 },
      ],
    };
  },
};

/** `catalog show` against a script that does no more than it must; both as whole processes. */
export const show = {
  name: "show",
  async prepare({ folder, size = 100_000 }) {
    const { path, rows } = await makeCatalog(folder, size);
    const [, id] = rows[Math.floor(rows.length / 2)];
    return {
      title: `showing one of ${rows.length} documents, whole process`,
      sides: [
        { name: "catalog show", command: cli("show", id, "--catalog", path), timing: "wall" },
        { name: "bare sql.js script", command: program("show-sqljs.mjs", path, id), timing: "wall" },
      ],
      comparisons: [{ ours: "catalog show", peer: "bare sql.js script", figure: "time", goal: 1.5 }],
    };
  },
};
