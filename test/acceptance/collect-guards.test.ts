import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { expectError } from "./verdict.ts";
import { makeWorkplace, type Workplace } from "./workplace.ts";

/*
 * Each guard of a collection, as somebody meets it who types: exit 4, a reason that names what is wrong, a way on, and
 * every file as it was.
 */

let place: Workplace;

beforeEach(async () => {
  place = makeWorkplace();
  for (const name of ["keep", "more", "gone"]) place.write(`in/${name}.txt`, name);
  await done(["add", "in/keep.txt", "in/more.txt", "in/gone.txt"]);
  await done(["remove", "3"]);
});

afterEach(() => place.remove());

const COLLECT = ["gc", "--apply", "--orphans", "0"] as const;

async function done(words: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await place.run(words);
  expect({ exitCode, stderr }).toEqual({ exitCode: EXIT.done, stderr: "" });
}

/** The files of the root, without what the catalogs keep there for themselves. */
function files(): readonly string[] {
  return readdirSync(join(place.path, "data/docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => !name.startsWith("."))
    .sort();
}

/** Runs a collection that is to be refused. */
async function expectRefused(
  refusal: { readonly message: readonly string[]; readonly hint: string },
  words: readonly string[] = COLLECT,
): Promise<void> {
  const before = files();
  expectError(await place.run(words), { exitCode: EXIT.refused, ...refusal });
  expect(files()).toEqual(before);
  expect(before.some((name) => name.endsWith("gone.txt"))).toBe(true);
}

function markerOf(path: string): string {
  const folder = join(place.path, "data/docs/.content-catalog");
  const name = readdirSync(folder).find((each) => readFileSync(join(folder, each), "utf8").includes(`"${path}"`));
  return join(folder, name ?? "none");
}

const idOf = (path: string): string => markerOf(path).split("/").at(-1) ?? "";

describe("a collection", () => {
  it("takes what was removed where no guard has anything against it", async () => {
    await done(COLLECT);
    expect(files().some((name) => name.endsWith("gone.txt"))).toBe(false);
    expect(files().some((name) => name.endsWith("keep.txt"))).toBe(true);
  });

  it("is refused without a marker of the catalog", async () => {
    rmSync(markerOf(place.catalogPath));
    const words = [...COLLECT, "--catalog", "other.sqlite"];
    place.write("in/other.txt", "other");
    await done(["add", "in/other.txt", "--into", "none", "--catalog", "other.sqlite", "--root", "x"]);
    await expectRefused(
      { message: ["has no marker of the catalog", "other.sqlite"], hint: "name another catalog with --catalog" },
      words,
    );
  });

  it("is refused beside a catalog that is not there, until that is forgotten or found", async () => {
    place.write("in/other.txt", "other");
    const other = join(place.path, "other.sqlite");
    await done(["add", "in/other.txt", "--catalog", "other.sqlite"]);
    const id = idOf(other);
    renameSync(other, join(place.path, "moved.sqlite"));
    await expectRefused({
      message: [`catalog ${id} uses it too, and ${JSON.stringify(other)} is not there`],
      hint: `Say where it is with --catalog-at ${id}=PATH; if it is gone for good, run "catalog init --forget ${id}".`,
    });
    await expectRefused({ message: ["is none of those that use it"], hint: id }, [
      ...COLLECT,
      "--catalog-at",
      `${"0".repeat(32)}=moved.sqlite`,
    ]);
    expect((await place.run(["gc", "--dry-run", "--catalog-at", `${id}=moved.sqlite`])).exitCode).toBe(EXIT.done);
    await done(["init", "--forget", id]);
    // What that one had stored is unknown from now on.
    const { exitCode, stderr } = await place.run(COLLECT);
    expect(exitCode).toBe(EXIT.done);
    expect(stderr).toMatch(/^unknown: ".*other\.txt": nobody knows whose it is\.\n$/);
  });

  it("is refused beside a catalog that cannot be read", async () => {
    place.write("in/other.txt", "other");
    await done(["add", "in/other.txt", "--catalog", "other.sqlite"]);
    writeFileSync(join(place.path, "other.sqlite"), "no database at all");
    await expectRefused({ message: ["uses it too, and", "other.sqlite", "cannot be read"], hint: "--catalog-at" });
  });

  it("is refused to a catalog from a backup, until that is adopted", async () => {
    copyFileSync(place.catalogPath, join(place.path, "backup.sqlite"));
    place.write("in/new.txt", "new");
    await done(["add", "in/new.txt"]);
    copyFileSync(join(place.path, "backup.sqlite"), place.catalogPath);
    const before = files();
    const { exitCode, stderr, stdout } = await place.run(COLLECT);
    expect({ exitCode, stdout }).toEqual({ exitCode: EXIT.refused, stdout: "" });
    expect(stderr).toMatch(/is older than the root has seen it \(\d+ of \d+ commits\), as one from a backup is/);
    expect(stderr).toContain('run "catalog init --adopt"');
    expect(files()).toEqual(before);
    await done(["init", "--adopt"]);
    expect((await place.run(["gc"])).exitCode).toBe(EXIT.done);
  });

  it("is refused to a copy, until it has an id of its own", async () => {
    copyFileSync(place.catalogPath, join(place.path, "copy.sqlite"));
    await expectRefused(
      { message: ["has the same id"], hint: 'Run "catalog init --new-id" on the one that is the copy.' },
      [...COLLECT, "--catalog", "copy.sqlite"],
    );
    await done(["init", "--new-id", "--catalog", "copy.sqlite"]);
    expect((await place.run(["gc", "--catalog", "copy.sqlite"])).exitCode).toBe(EXIT.done);
  });

  it("is refused to an empty catalog", async () => {
    await done(["init", "--catalog", "empty.sqlite"]);
    await expectRefused(
      { message: ["empty.sqlite", "is empty and always was, and there are files"], hint: "with --catalog" },
      [...COLLECT, "--catalog", "empty.sqlite"],
    );
  });

  it("is refused in a home, in the root of a file system, and in a folder that holds the catalog", async () => {
    for (const root of ["/", "/root", "/home"]) {
      const { exitCode, stderr } = await place.run([...COLLECT, "--root", root]);
      expect({ root, exitCode }).toEqual({ root, exitCode: EXIT.refused });
      expect(stderr).toMatch(/it is the root of a file system|home folder/);
    }
    const ended = await place.run([...COLLECT, "--root", "in"], { env: { HOME: join(place.path, "in") } });
    expect(ended.exitCode).toBe(EXIT.refused);
    expect(ended.stderr).toContain("it is a home folder");
    await expectRefused({ message: ["it holds the catalog"], hint: "Use a folder that holds nothing but" }, [
      ...COLLECT,
      "--root",
      ".",
    ]);
    expect(existsSync(join(place.path, "in/keep.txt"))).toBe(true);
  });

  it("is refused when more than half would go, without --force", async () => {
    await done(["remove", "2"]);
    await expectRefused({ message: ["2 of 3 files would go", "more than half"], hint: "--force" });
    await done([...COLLECT, "--force"]);
    expect(files().filter((name) => /\/(keep|more|gone)\.txt$/.test(name))).toEqual([expect.stringContaining("keep")]);
  });

  it("is refused with a plan that was cut, edited, or is of another catalog", async () => {
    await done(["gc", "--orphans", "0", "--plan", "p.jsonl"]);
    const text = readFileSync(join(place.path, "p.jsonl"), "utf8");
    const words = ["gc", "--apply", "--plan", "p.jsonl"];
    const hint = "Make a new plan";
    place.write("p.jsonl", text.slice(0, -10));
    await expectRefused({ message: ["it is cut off"], hint }, words);
    place.write("p.jsonl", text.replace("gone.txt", "keep.txt"));
    await expectRefused({ message: ["it was edited"], hint }, words);
    place.write("p.jsonl", text.replace('"file:///', '"file:///x/'));
    await expectRefused({ message: ["line 2", "is not in the root"], hint }, words);
    place.write("p.jsonl", text);
    place.write("in/other.txt", "other");
    await done(["add", "in/other.txt", "--catalog", "other.sqlite"]);
    await expectRefused({ message: ["made it, and this one is"], hint: "make a new plan" }, [
      ...words,
      "--catalog",
      "other.sqlite",
    ]);
    await done(words);
    expect(files().some((name) => name.endsWith("gone.txt"))).toBe(false);
  });
});
