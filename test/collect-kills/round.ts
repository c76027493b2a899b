import { createHash } from "node:crypto";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Layout } from "../../src/core/naming/layout.ts";
import { openCatalog } from "../../src/hosts/node.ts";
import type { Chooser } from "../../src/testing/simulation/chooser.ts";
import { builtFile } from "../package/built-package.ts";
import { KilledCollector } from "./killed-collector.ts";
import { filesBelow, lookAtRoot, type UsedRoot } from "./look-at-root.ts";
import { type StartedProgram, startProgram } from "./started-program.ts";

/** What a round is to be. */
export interface RoundOptions {
  readonly layout: Layout;
  /** An empty folder. */
  readonly folder: string;
  readonly choose: Chooser["choose"];
  /** How often each process stores or removes something. */
  readonly steps: number;
  /** Whether a second collector works with the second catalog. */
  readonly hasOtherCollector: boolean;
  /** Whether one that stores is killed as well. */
  readonly killsWriter: boolean;
}

/** What came of a round. */
export interface Round {
  readonly findings: readonly string[];
  /** How often a collector was killed. */
  readonly kills: number;
  /** How many lines of plans they said were done. */
  readonly collected: number;
}

const PROGRAM = fileURLToPath(new URL("ingest-program.mjs", import.meta.url));

/** Files that nobody registers. */
const STRAYS = ["notes/mine.txt", "cas/sha256/mine.txt", "kills/mine.txt"] as const;

/** How many different contents there are, of which the first one is empty. */
const CONTENTS = 12;

/** How many keys a process has. */
const KEYS = 5;

/** Those that store: the last one with the second catalog, under the names of the first one. */
const WRITERS = ["one", "two", "three", "four", "one"] as const;

/** A process that stores and removes. */
interface Writer extends StartedProgram {
  readonly catalog: UsedRoot;
  readonly name: string;
}

/** Lets processes store and remove, and others collect that are killed again and again; then looks at what is left. */
export async function runRound(options: RoundOptions): Promise<Round> {
  const { layout, choose, steps } = options;
  const catalogs = await prepare(options);
  const [a, b] = catalogs;
  const collectors = [a, ...(options.hasOtherCollector ? [b] : [])].map((used) => {
    return new KilledCollector(optionsOf(used, layout), choose);
  });
  const collecting = collectors.map((collector) => collector.run());
  const killed = options.killsWriter ? choose(WRITERS.length) : undefined;
  const writers = WRITERS.map((name, at) => {
    const last = at === killed ? 1 + choose(steps * 2) : undefined;
    return startWriter({ name, catalog: at === WRITERS.length - 1 ? b : a, last }, options);
  });
  const ends = await Promise.all(writers.map(({ ended }) => ended));
  for (const collector of collectors) collector.stop();
  await Promise.all(collecting);
  const findings = [
    ...writers.flatMap(({ name, stderr }, at) => {
      const isWell = ends[at] === 0 || (at === killed && ends[at] === "SIGKILL");
      return isWell ? [] : [`writer ${name} ended with ${ends[at]}: ${stderr()}`];
    }),
    ...collectors.flatMap((collector) => collector.findings),
    ...(await lookAfterwards(options, { catalogs, writers })),
  ];
  const sum = (of: (each: KilledCollector) => number): number => collectors.reduce((all, each) => all + of(each), 0);
  return { findings, kills: sum(({ kills }) => kills), collected: sum(({ collected }) => collected) };
}

/** A root that two catalogs use, one of them through a symlink, with files that nobody registers. */
async function prepare({ folder, layout }: RoundOptions): Promise<readonly [a: UsedRoot, b: UsedRoot]> {
  const root = join(folder, "root");
  for (const name of STRAYS) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), "mine");
  }
  await symlink(root, join(folder, "way"));
  const a = { catalogPath: join(folder, "a", "catalog.sqlite"), rootDir: root };
  const b = { catalogPath: join(folder, "b", "catalog.sqlite"), rootDir: join(folder, "way") };
  for (const used of [a, b]) {
    const catalog = await openCatalog(optionsOf(used, layout));
    const meta = { artifactId: "first", sourceUrl: "https://example.org/first.txt", resolver: "kills" };
    await catalog.ingest(new TextEncoder().encode("the first one"), meta);
    await catalog.close();
  }
  return [a, b];
}

function optionsOf({ catalogPath, rootDir }: UsedRoot, layout: Layout) {
  return { catalog: { path: catalogPath, busyTimeout: 60_000 }, storage: { rootDir, layout } };
}

function startWriter(
  { name, catalog, last }: Pick<Writer, "name" | "catalog"> & { readonly last: number | undefined },
  { layout, choose, steps }: RoundOptions,
): Writer {
  const chosen = Array.from({ length: steps }, () => ({ key: choose(KEYS), content: contentOf(choose(CONTENTS)) }));
  const task = { entry: builtFile("node.mjs"), options: optionsOf(catalog, layout), name, steps: chosen };
  const program = startProgram([PROGRAM, JSON.stringify(task)], (count) => {
    if (count === last) program.kill();
  });
  return { ...program, catalog, name };
}

function contentOf(number: number): { readonly number: number; readonly text: string; readonly times: number } {
  return { number, text: `content ${number} `, times: number * number * 50 };
}

function hashOf(number: number): string {
  const { text, times } = contentOf(number);
  return createHash("sha256").update(text.repeat(times)).digest("hex");
}

/** What is wrong when all have ended, and a last collection has gone through undisturbed. */
async function lookAfterwards(
  { layout, killsWriter }: RoundOptions,
  { catalogs, writers }: { readonly catalogs: readonly UsedRoot[]; readonly writers: readonly Writer[] },
): Promise<readonly string[]> {
  const [a] = catalogs;
  if (a === undefined) return [];
  const collection = await collectQuietly(a, layout);
  const { findings, rows, unnamed } = await lookAtRoot(a.rootDir, catalogs);
  const accounts = catalogs.flatMap((used, at) => {
    const own = new Map([...rows].filter(([id]) => id.startsWith(`${at} `)));
    return compareAccounts(
      own,
      writers.filter(({ catalog }) => catalog === used),
      `${at} `,
    );
  });
  const lost = STRAYS.filter((name) => !unnamed.includes(name)).map(
    (name) => `${name} is gone, which nobody registered`,
  );
  // What a process that was killed has a lease on stays until that is over.
  const left = killsWriter ? [] : unnamed.filter((name) => !STRAYS.some((stray) => stray === name));
  return [
    ...collection,
    ...findings,
    ...accounts,
    ...lost,
    ...left.map((name) => `${name} is still there, which no row names`),
    ...(await leftovers(a.rootDir)),
  ];
}

/** Runs the command line once, with nobody else there. */
async function collectQuietly({ catalogPath, rootDir }: UsedRoot, layout: Layout): Promise<readonly string[]> {
  const flags = ["--catalog", catalogPath, "--root", rootDir, "--set", `storage.layout=${layout}`, "--json"];
  const words = ["gc", "--apply", "--orphans", "0", "--force", ...flags];
  const program = startProgram([builtFile("bin.mjs"), ...words]);
  const end = await program.ended;
  return end === 0 ? [] : [`the last collection ended with ${end}: ${program.lines.join("\n")} ${program.stderr()}`];
}

/** What rows there must be by what processes said, and must not. */
function compareAccounts(
  rows: ReadonlyMap<string, string>,
  writers: readonly Writer[],
  prefix: string,
): readonly string[] {
  return writers.flatMap(({ name, lines }) => {
    const last = new Map(lines.map((line) => [line.split(" ")[1] ?? "", line]));
    return [...last].flatMap(([key, line]) => {
      const [deed, , content] = line.split(" ");
      const hash = rows.get(`${prefix}${name}/${key}`);
      if (deed === "added" && hash === undefined) return [`the row of ${name}/${key} is lost`];
      if (deed === "added" && hash !== hashOf(Number(content))) return [`the row of ${name}/${key} has another hash`];
      return deed === "removed" && hash !== undefined ? [`the row of ${name}/${key} is there again`] : [];
    });
  });
}

/** What was to be gone when all processes are. */
async function leftovers(rootDir: string): Promise<readonly string[]> {
  const trash = (await filesBelow(join(rootDir, ".trash"))).filter((name) => !/^(?:kept-|reserve$)/.test(name));
  const staged = await filesBelow(join(rootDir, ".staging"));
  return [...trash.map((name) => `.trash/${name}`), ...staged.map((name) => `.staging/${name}`)].map(
    (name) => `${name} is left`,
  );
}
