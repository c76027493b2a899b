import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import initSqlJs from "sql.js";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { describeWith, type Starter } from "../components.ts";
import { expectError } from "./verdict.ts";
import {
  checkpointCatalog,
  commandLine,
  lineOf,
  listArtifacts,
  makeWorkplace,
  namesIn,
  type Workplace,
} from "./workplace.ts";

/** More than a small disk takes. */
const MANY = 5000;

/** A catalog with one document. */
let good: Uint8Array;
let place: Workplace;

beforeAll(async () => {
  const first = makeWorkplace();
  first.write("m.jsonl", lineOf("known", { bytes: 6 }));
  await first.run(["import-manifest", "m.jsonl", "--hash", "none"]);
  good = readFileSync(first.catalogPath);
  first.remove();
});

beforeEach(() => {
  place = makeWorkplace();
  mkdirSync(dirname(place.catalogPath));
  writeFileSync(place.catalogPath, good);
  place.write("one.jsonl", lineOf("one", { bytes: 6 }));
});

afterEach(() => place.remove());

function manifestOf(lines: number): string {
  return Array.from({ length: lines }, (_, index) => lineOf(`many ${index}`, { bytes: 6 })).join("");
}

/** Changes the catalog with plain SQLite. */
async function change(sql: string): Promise<void> {
  const { Database } = await initSqlJs();
  const database = new Database(new Uint8Array(good));
  database.run(sql);
  writeFileSync(place.catalogPath, database.export());
  database.close();
}

type Damage = () => void | Promise<void>;

/** How a file becomes unusable, and what every command says about it. */
const DAMAGES: readonly (readonly [string, Damage, number, string, string])[] = [
  ["no SQLite file", () => writeFileSync(place.catalogPath, "hello".repeat(999)), EXIT.damaged, "no SQLite", "path"],
  ["an empty file", () => writeFileSync(place.catalogPath, ""), EXIT.damaged, "is empty (0 bytes)", "delete the file"],
  ["another program's", () => change("PRAGMA application_id = 7"), EXIT.damaged, "another program", "Check the path"],
  ["no catalog", () => change("PRAGMA application_id = 0"), EXIT.damaged, "but no catalog", "Check the path"],
  ["newer", () => change("PRAGMA user_version = 99"), EXIT.tooNew, "version 99", "Update content-catalog"],
  ["cut short", () => truncateSync(place.catalogPath, good.length / 2), EXIT.damaged, "cut short", "backup"],
  ["in pieces", () => writeFileSync(place.catalogPath, scrambled()), EXIT.damaged, "malformed", "backup"],
  ["in WAL mode", () => writeFileSync(place.catalogPath, inWalMode()), EXIT.failed, "WAL mode", "journal_mode=DELETE"],
];

/** The good catalog with every page but the first one overwritten. */
function scrambled(): Uint8Array {
  return Buffer.from(good).fill("damage", 4096);
}

/** The good catalog with both version numbers of its header saying that it has a write-ahead log. */
function inWalMode(): Uint8Array {
  return Buffer.from(good).fill(2, 18, 20);
}

describe("a catalog that is", () => {
  it.each(DAMAGES)("%s is refused and left as it is", async (_name, damage, exitCode, message, hint) => {
    await damage();
    const before = readFileSync(place.catalogPath);
    const expected = { exitCode, message: [JSON.stringify(place.catalogPath), message], hint };
    const ends = await Promise.all([place.run(["stats"]), place.run(["import-manifest", "one.jsonl"])]);
    for (const ended of ends) expectError(ended, expected);
    expect(readFileSync(place.catalogPath).equals(before)).toBe(true);
    expect(namesIn(dirname(place.catalogPath))).toEqual(["catalog.sqlite"]);
  });

  it("missing is refused by verbs that make none", async () => {
    const path = join(place.path, "no", "catalog.sqlite");
    const message = [JSON.stringify(path), "no such catalog"];
    const verbs = [
      ["stats"],
      ["search"],
      ["show", "1"],
      ["where", "abcd"],
      ["variants", "1"],
      ["remove", "1"],
      ["dedup-report"],
      ["checkpoint"],
    ];
    for (const ended of await Promise.all(verbs.map((words) => place.run([...words, "--catalog", path])))) {
      expectError(ended, { exitCode: EXIT.usage, message, hint: "catalog init" });
    }
    expect(existsSync(dirname(path))).toBe(false);
  });

  it("a read-only file can be read and is not replaced", async () => {
    chmodSync(place.catalogPath, 0o444);
    expect((await place.run(["show", "known"])).exitCode).toBe(EXIT.done);
    const message = [JSON.stringify(place.catalogPath), "the file is read-only"];
    const ended = await place.run(["import-manifest", "one.jsonl", "--hash", "none"]);
    expectError(ended, { exitCode: EXIT.failed, message, hint: "Make it writable" });
    expect(readFileSync(place.catalogPath).equals(Buffer.from(good))).toBe(true);
    expect(statSync(place.catalogPath).mode & 0o777).toBe(0o444);
  });
});

describeWith("sh", "a catalog that is", ({ program, words: before }) => {
  it("larger than a file may be is kept, and finished when there is room", async () => {
    place.write("many.jsonl", manifestOf(MANY));
    // In blocks of 512 bytes.
    const starter = { program, words: [...before, "-c", `ulimit -f 600; exec "$@"`, "sh"] };
    const words = ["import-manifest", "many.jsonl", "--hash", "none"];
    // A write that would go beyond the limit is cut off there, which looks like a full disk.
    const message = [JSON.stringify(place.catalogPath), "no space is left for it (ENOSPC)"];
    const ended = await place.run(words, { starter });
    expect(ended.stderr).toContain('it is two files, the catalog and its log; run "catalog checkpoint"');
    const error = ended.stderr.replace(/^warning: .*\n/, "");
    expectError({ ...ended, stderr: error }, { exitCode: EXIT.failed, message, hint: "Free some space" });
    expect(readFileSync(place.catalogPath).equals(Buffer.from(good))).toBe(true);
    expect((await place.run(words)).exitCode).toBe(EXIT.done);
    expect(namesIn(dirname(place.catalogPath))).toEqual(["catalog.sqlite"]);
    expect(await place.artifacts()).toHaveLength(MANY + 1);
  });
});

describeWith("permissions", "a catalog in a folder that may not be written", (starter) => {
  it("can be read and not changed", async () => {
    const folder = dirname(place.catalogPath);
    chmodSync(folder, 0o555);
    try {
      expect((await place.run(["show", "known"], { starter })).exitCode).toBe(EXIT.done);
      const message = [JSON.stringify(place.catalogPath), "denied access", "(EACCES)"];
      const expected = { exitCode: EXIT.failed, message, hint: "the folders above it" };
      for (const words of [
        ["import-manifest", "one.jsonl", "--hash", "none"],
        ["remove", "1"],
      ]) {
        expectError(await place.run(words, { starter }), expected);
      }
      const path = join(folder, "new.sqlite");
      const ended = await place.run(["init", "--catalog", path], { starter });
      expectError(ended, { ...expected, message: [JSON.stringify(path), "denied access", "(EACCES)"] });
    } finally {
      chmodSync(folder, 0o755);
    }
    expect(namesIn(folder)).toEqual(["catalog.sqlite"]);
    expect(readFileSync(place.catalogPath).equals(Buffer.from(good))).toBe(true);
  });

  it("that may not even be read is refused", async () => {
    chmodSync(place.catalogPath, 0);
    const message = [JSON.stringify(place.catalogPath), "denied access", "(EACCES)"];
    const ended = await place.run(["stats"], { starter });
    expectError(ended, { exitCode: EXIT.failed, message, hint: "owner and mode" });
  });
});

/**
 * Starts a program with a script of the shell before it, which finds its folder in `$1`; what the folder `disk` holds
 * at the end, which nobody else can see, is copied to `after`.
 */
function withDisk({ program, words }: Starter, script: string): Starter {
  const keep = `disk="$1"; shift; ${script}; "$@"; code=$?; cp -R "$disk/." "$disk/../after"; exit $code`;
  mkdirSync(join(place.path, "disk"));
  mkdirSync(join(place.path, "after"));
  copyFileSync(place.catalogPath, join(place.path, "good.sqlite"));
  return { program, words: [...words, "sh", "-c", keep, "sh", join(place.path, "disk")] };
}

describeWith("mounts", "a catalog on a disk", (starter) => {
  const path = (): string => join(place.path, "disk", "catalog.sqlite");
  const SMALL = 'mount -t tmpfs -o size=1m tmpfs "$disk" && cp "$disk/../good.sqlite" "$disk/catalog.sqlite"';

  async function expectUntouched(): Promise<void> {
    expect(namesIn(join(place.path, "after"))).toEqual(["catalog.sqlite"]);
    const after = join(place.path, "after", "catalog.sqlite");
    expect(readFileSync(after).equals(Buffer.from(good))).toBe(true);
    expect(await listArtifacts(after)).toEqual(["known"]);
  }

  it("that becomes full keeps what was acknowledged, and can be read", async () => {
    place.write("many.jsonl", manifestOf(4 * MANY));
    const words = ["import-manifest", "many.jsonl", "--hash", "none", "--catalog", path()];
    const ended = await place.run(words, { starter: withDisk(starter, SMALL) });
    expect(ended.exitCode).toBe(EXIT.failed);
    expect(ended.stderr).toMatch(/^error: Cannot write .*: no space is left for it \(ENOSPC\)\nhint: Free some space/m);
    const after = join(place.path, "after", "catalog.sqlite");
    expect(readFileSync(after).equals(Buffer.from(good))).toBe(true);
    // With more room it is one file again, and has at least what it had.
    await checkpointCatalog(place.path, after);
    expect(await listArtifacts(after)).toContain("known");
    expect((await place.run([...words.slice(0, -1), after])).exitCode).toBe(EXIT.done);
    expect(await listArtifacts(after)).toHaveLength(4 * MANY + 1);
  });

  it("that is full takes no more, can be read and cleared, and is brought into one file", async () => {
    const catalog = ["--catalog", path()];
    const late = ["--set", "catalog.checkpoint_on_close=never"];
    const steps = [
      ["import-manifest", "one.jsonl", "--hash", "none", "--quiet", ...late, ...catalog],
      ["import-manifest", "two.jsonl", "--hash", "none", "--quiet", ...late, ...catalog],
      ["show", "one", "--quiet", ...catalog],
      ["remove", "1", "--quiet", ...late, ...catalog],
      ["checkpoint", "--quiet", ...catalog],
    ];
    place.write("two.jsonl", lineOf("two", { artifact_id: "x".repeat(4000), bytes: 6 }));
    const fill = 'dd if=/dev/zero of="$disk/filler" bs=1k 2>/dev/null';
    const script = steps.map((words, index) => {
      const line = `${commandLine(words)} >&2; echo "exit $?" >&2`;
      return index === 0 ? `${line}; ls "$disk" >&2; ${fill}` : line;
    });
    const begun = withDisk(starter, `${SMALL}; ${script.join("; ")}; rm "$disk/filler"`);
    const ended = await place.run(["show", "one", ...catalog], { starter: begun });
    expect(ended.stderr.match(/^exit \d+$/gm)).toEqual(["exit 0", "exit 5", "exit 0", "exit 0", "exit 0"]);
    expect(ended.stderr).toContain("catalog.sqlite.oplog\n");
    expect(ended.stderr).toContain("no space is left for it (ENOSPC)");
    expect(namesIn(join(place.path, "after"))).toEqual(["catalog.sqlite"]);
    expect(await listArtifacts(join(place.path, "after", "catalog.sqlite"))).toEqual(["one"]);
  });

  it("that is full is not begun", async () => {
    const full = 'mount -t tmpfs -o size=64k tmpfs "$disk"';
    const ended = await place.run(["init", "--catalog", path()], { starter: withDisk(starter, full) });
    const message = [JSON.stringify(path()), "no space is left for it (ENOSPC)"];
    expectError(ended, { exitCode: EXIT.failed, message, hint: "Free some space" });
    expect(namesIn(join(place.path, "after"))).toEqual([]);
  });

  it("that is mounted read-only can be read and not changed", async () => {
    const readOnly = `${SMALL} && mount -o remount,ro "$disk"`;
    const words = ["import-manifest", "one.jsonl", "--hash", "none", "--catalog", path()];
    const begun = withDisk(starter, readOnly);
    const ended = await place.run(words, { starter: begun });
    const message = [JSON.stringify(path()), "the file system is read-only (EROFS)"];
    expectError(ended, { exitCode: EXIT.failed, message, hint: "Mount it writable" });
    await expectUntouched();
    expect((await place.run(["show", "known", "--catalog", path()], { starter: begun })).exitCode).toBe(EXIT.done);
  });
});
