import { lstat, mkdir, readdir, readFile, readlink, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { ADD_INTO, type AddInto } from "../../../src/catalog/add/add-options.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { removeUnchanged } from "../../../src/catalog/files/remove-unchanged.ts";
import { addFields, addFinding, plannedFile } from "../../../src/cli/verbs/add/view.ts";
import { importFields, importFinding, plannedLine } from "../../../src/cli/verbs/import-manifest/view.ts";
import { openCatalog } from "../../../src/hosts/node.ts";
import { overrideCalls } from "../../adapters/sql/oplog/_engine-world.ts";
// biome-ignore lint/correctness/useImportExtensions: scripts that nothing is installed for need it in JavaScript
import { makeCorpus } from "../../corpus/make-corpus.mjs";
import { writeFiles } from "../filled-catalog.ts";
import { makeFolder, type RunResult, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
let work: string;

beforeEach(async () => {
  folder = await makeFolder();
  work = join(folder.path, "work");
});

afterEach(() => folder.remove());

const LAYOUTS = ["cas", "policy_path"] as const;
const ON_CHANGE = ["keep", "replace", "variant"] as const;

function cli(verb: string, ...argv: readonly string[]): Promise<RunResult> {
  const where = ["--catalog", join(work, "catalog.sqlite"), "--root", join(work, "root")];
  return runCli(folder.path, [verb, ...argv, ...where]);
}

function open(layout: (typeof LAYOUTS)[number]): Promise<Catalog> {
  return openCatalog({
    catalog: { path: join(work, "catalog.sqlite") },
    storage: { rootDir: join(work, "root"), layout },
  });
}

/** Everything below a folder: names, sizes, times, modes and bytes. */
async function picture(path: string): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  const names = await readdir(path, { recursive: true });
  for (const name of ["", ...names].sort()) {
    const at = join(path, name);
    const stat = await lstat(at, { bigint: true });
    const { size, mtimeNs, ctimeNs, mode, nlink, ino } = stat;
    const bytes = stat.isFile()
      ? (await readFile(at)).toString("base64")
      : stat.isSymbolicLink()
        ? await readlink(at)
        : "";
    found.push([name, size, mtimeNs, ctimeNs, mode, nlink, ino, bytes]);
  }
  return found;
}

/** Nobody knows beforehand whether a device can share blocks. */
function withoutSharing(lines: readonly object[]): readonly unknown[] {
  return JSON.parse(JSON.stringify(lines).replaceAll('"placement":"cloned"', '"placement":"linked"'));
}

function shared({ linked, cloned, ...fields }: Record<string, unknown>): Record<string, unknown> {
  return { ...fields, shared: Number(linked ?? 0) + Number(cloned ?? 0) };
}

async function makeFiles(): Promise<void> {
  await writeFiles(work, {
    "in/new.txt": "new",
    "in/twin.txt": "new",
    "in/known.txt": "known",
    "in/changed.txt": "as it was",
    "in/here.txt": "in place",
    "in/lost.txt": "lost",
    "in/sub/.hidden": "hidden",
    "in/sub/empty": "",
  });
  await symlink("new.txt", join(work, "in/link"));
}

/** A catalog that knows some files as they are, some as they were, and some by rows whose blob is gone. */
async function makeCatalog(): Promise<void> {
  for (const name of ["known", "changed"]) await cli("add", join(work, `in/${name}.txt`));
  await cli("add", join(work, "in/here.txt"), "--into", "none");
  await cli("add", join(work, "in/lost.txt"));
  const { lines } = await cli("search", "--text", "lost.txt", "--json");
  const [uri = ""] = lines.flatMap(({ storage_uri: found }) => (typeof found === "string" ? [found] : []));
  await unlink(new URL(uri));
  await rm(join(work, "in/changed.txt"));
  await writeFile(join(work, "in/changed.txt"), "as it is now");
}

function linesOf({ lines }: RunResult, type: string): readonly Record<string, unknown>[] {
  return lines.filter((line) => line["type"] === type);
}

function findingLines(findings: readonly ReturnType<typeof addFinding>[]): readonly unknown[] {
  return findings.map(({ message, fields }) => ({ type: "finding", ...fields, message }));
}

function asSet(lines: readonly unknown[]): readonly string[] {
  const sorted = (each: unknown): unknown => Object.entries(each as object).sort(([a], [b]) => (a < b ? -1 : 1));
  return lines.map((each) => JSON.stringify(sorted(each)));
}

describe.each(ADD_INTO)("add --dry-run --into %s", (into: AddInto) => {
  it.each(LAYOUTS.flatMap((layout) => ON_CHANGE.map((onChange) => [layout, onChange] as const)))(
    "writes nothing and says what a run does, %s, %s",
    async (layout, onChange) => {
      await makeFiles();
      await makeCatalog();
      const before = await picture(work);
      const flags = [
        "--into",
        into,
        "--on-change",
        onChange,
        "--set",
        `storage.layout=${layout}`,
        "--jobs",
        "1",
        "--json",
      ];
      const dry = await cli("add", "--recursive", work, "--dry-run", ...flags);
      expect(await picture(work)).toEqual(before);

      const catalog = await open(layout);
      const [added, findings]: [object[], ReturnType<typeof addFinding>[]] = [[], []];
      const summary = await catalog.add([{ path: work }], {
        ...{ recursive: true, into, onChange, jobs: 1 },
        onAdded: (each) => added.push(plannedFile(each)),
        onFinding: (each) => findings.push(addFinding(each)),
      });
      await catalog.close();
      expect(asSet(withoutSharing(linesOf(dry, "planned_file")))).toEqual(asSet(withoutSharing(added)));
      expect(asSet(linesOf(dry, "finding"))).toEqual(asSet(findingLines(findings)));
      expect(shared(dry.lines.at(-1) ?? {})).toMatchObject(shared(addFields(summary)));
      expect(dry.lines.at(-1)).toMatchObject({ dry_run: true, findings: findings.length });
      expect(dry.exitCode).toBe(findings.length > 0 ? 3 : 0);
    },
  );

  it("writes nothing where there is no catalog and no root", async () => {
    await makeFiles();
    const before = await picture(folder.path);
    const dry = await cli("add", "--recursive", join(work, "in"), "--into", into, "--dry-run");
    expect(dry.exitCode).toBe(0);
    expect(dry.stdout).toMatch(/new +(store|register)/);
    expect(dry.stdout).toContain("nothing was written");
    expect(await picture(folder.path)).toEqual(before);
  });
});

describe("add --dry-run", () => {
  it("fetches nothing, and says so", async () => {
    await mkdir(work);
    const before = await picture(folder.path);
    const fail = (): never => {
      throw new Error("it was asked for");
    };
    const argv = ["add", "http://127.0.0.1:1/a.pdf?key=secret", "-", "--artifact-id", "x", "--dry-run"];
    const parts = { openHttp: fail, openStdin: fail };
    // One id belongs to one thing.
    const url = await runCli(folder.path, [...argv.slice(0, 2), "--dry-run"], parts);
    expect(url).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Not fetched: "http://127.0.0.1:1/a.pdf?..."'),
    });
    const input = await runCli(folder.path, ["add", "-", "--artifact-id", "x", "--dry-run", "--json"], parts);
    expect(input.lines).toMatchObject([
      { type: "planned_source", path: "standard input" },
      { not_fetched: 1, files: 0 },
    ]);
    expect(await picture(folder.path)).toEqual(before);
  });

  it("fails as a run does, and writes nothing", async () => {
    await makeFiles();
    await writeFile(join(work, "catalog.sqlite"), "no catalog");
    const before = await picture(work);
    const dry = await cli("add", join(work, "in/new.txt"), "--dry-run");
    const real = await cli("add", join(work, "in/new.txt"));
    expect([dry.exitCode, dry.stderr]).toEqual([real.exitCode, real.stderr]);
    expect(await picture(work)).toEqual(before);
  });

  it("works without a catalog", async () => {
    await makeFiles();
    const before = await picture(folder.path);
    const dry = await runCli(work, ["add", "in/new.txt", "--dry-run", "--set", "catalog=false"]);
    expect(dry).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/new +store/) });
    expect(await picture(folder.path)).toEqual(before);
  });

  it("sees what is in the log of somebody who writes, and waits for no lock", async () => {
    await makeFiles();
    await makeCatalog();
    const writer = await open("policy_path");
    await writer.add([{ path: join(work, "in/new.txt") }]);
    await vi.waitFor(async () => expect((await readdir(work)).filter((name) => name.includes(".lock"))).toEqual([]));
    const lock = { nonce: "5".repeat(32), host: "elsewhere", bootId: null, pid: 9, startedAt: null };
    await writeFile(join(work, "catalog.sqlite.lock"), `${JSON.stringify(lock)}\n${Date.now()}\n`);
    const before = await picture(work);
    const dry = await cli("add", join(work, "in/new.txt"), "--dry-run", "--json");
    expect(dry.lines).toMatchObject([{ outcome: "found" }, { dry_run: true, found: 1 }]);
    expect(await picture(work)).toEqual(before);
    await rm(join(work, "catalog.sqlite.lock"));
    await writer.close();
  });

  it("finds a file that somebody was killed over, and leaves it hidden", async () => {
    await makeFiles();
    const path = join(work, "in/known.txt");
    const dying = overrideCalls(createNodeFileSystem(), { unlink: () => new Promise(() => {}) });
    const aside = new Promise((resolve) => {
      void removeUnchanged(dying, path, () => resolve(undefined) === undefined);
    });
    await aside;
    const before = await picture(work);
    const dry = await cli("add", path, "--dry-run");
    expect(dry.stdout).toMatch(/new +store/);
    expect(await picture(work)).toEqual(before);
  });
});

describe.each([undefined, "copy", "move", "hardlink"] as const)("import-manifest --dry-run, into %s", (into) => {
  const flags = ["--jobs", "1", ...(into === undefined ? [] : ["--into", into])];

  it.each(ON_CHANGE)("writes nothing and says what an import does, %s", async (onChange) => {
    await makeCorpus({ directory: join(work, "corpus"), records: 60, meanKib: 1 });
    const manifest = join(work, "corpus/manifest.jsonl");
    // Half of it is known already, and some of that has changed since.
    const half = (await readFile(manifest, "utf8")).split("\n").slice(0, 60).join("\n");
    await writeFile(join(work, "corpus/half.jsonl"), `${half}\n`);
    await cli("import-manifest", join(work, "corpus/half.jsonl"), "--hash", "all");
    const before = await picture(work);
    const dry = await cli("import-manifest", manifest, "--dry-run", "--on-change", onChange, "--json", ...flags);
    expect(await picture(work)).toEqual(before);

    const catalog = await open("policy_path");
    const [imported, findings]: [object[], ReturnType<typeof importFinding>[]] = [[], []];
    const summary = await catalog.importManifest(
      { path: manifest },
      {
        ...{ into, onChange, jobs: 1 },
        onImported: (each) => imported.push(plannedLine(each)),
        onFinding: (each) => findings.push(importFinding(each)),
      },
    );
    await catalog.close();
    expect(asSet(withoutSharing(linesOf(dry, "planned_line")))).toEqual(asSet(withoutSharing(imported)));
    expect(imported.length).toBeGreaterThan(20);
    expect(asSet(linesOf(dry, "finding"))).toEqual(asSet(findingLines(findings)));
    expect(dry.lines.at(-1)).toMatchObject({ ...importFields(summary), dry_run: true, findings: findings.length });
    expect(dry.exitCode).toBe(3);
  });

  it("writes nothing where there is no catalog and no root", async () => {
    await makeCorpus({ directory: join(work, "corpus"), records: 20, meanKib: 1 });
    const before = await picture(folder.path);
    const dry = await cli("import-manifest", join(work, "corpus/manifest.jsonl"), "--dry-run", ...flags);
    expect(dry.exitCode).toBe(3);
    expect(dry.stdout).toContain("nothing was written");
    expect(await picture(folder.path)).toEqual(before);
  });
});
