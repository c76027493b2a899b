import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { VerifiedBlob } from "../../../src/catalog/verify/verify-options.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import { describeWith, outputOf } from "../../components.ts";
import { fileError, pathOf, VerifyWorld } from "./_verify-world.ts";

let world: VerifyWorld;
afterEach(() => world.remove());

interface Case {
  readonly tamper: (path: string, catalog: Catalog, record: DocumentRecord) => void | Promise<void>;
  readonly verdict: readonly [result: string, reason: string | null, strength: string];
}

/** Only who watches the size and the time would not see it. */
function flipBit(path: string): void {
  const { atime, mtime } = statSync(path);
  const bytes = readFileSync(path);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
}

function replaceBy(path: string, make: () => void): void {
  rmSync(path);
  make();
}

const CASES: Readonly<Record<string, Case>> = {
  "nothing at all": { tamper: () => {}, verdict: ["ok", null, "full"] },
  "a bit flipped, and the time restored": { tamper: flipBit, verdict: ["mismatch", "hash", "full"] },
  "a byte less": { tamper: (path) => truncateSync(path, 3), verdict: ["mismatch", "size", "full"] },
  "a byte more": { tamper: (path) => appendFileSync(path, "x"), verdict: ["mismatch", "size", "full"] },
  "an empty file": { tamper: (path) => truncateSync(path, 0), verdict: ["mismatch", "size", "full"] },
  "a folder in its place": {
    tamper: (path) => replaceBy(path, () => mkdirSync(path)),
    verdict: ["missing", "other_kind", "none"],
  },
  "a symlink in its place, to the right bytes": {
    tamper: (path) => {
      renameSync(path, `${path}.moved`);
      symlinkSync(`${path}.moved`, path);
    },
    verdict: ["missing", "other_kind", "none"],
  },
  "a symlink that leads nowhere": {
    tamper: (path) => replaceBy(path, () => symlinkSync("/nowhere", path)),
    verdict: ["missing", "other_kind", "none"],
  },
  "a folder above it that is a symlink to the right bytes": {
    tamper: (path) => {
      renameSync(dirname(path), `${dirname(path)}.moved`);
      symlinkSync(`${dirname(path)}.moved`, dirname(path));
    },
    verdict: ["missing", "other_kind", "none"],
  },
  "nothing in its place": { tamper: (path) => rmSync(path), verdict: ["missing", "gone", "none"] },
  "its folder gone": {
    tamper: (path) => rmSync(dirname(path), { recursive: true }),
    verdict: ["missing", "gone", "none"],
  },
  "the permission taken": {
    tamper: (path) => fail(path, "open", "EACCES"),
    verdict: ["unreadable", "permission", "none"],
  },
  "a device that fails in the middle": {
    tamper: (path) => fail(path, "read", "EIO"),
    verdict: ["unreadable", "io", "none"],
  },
  "another file each time it is read": {
    tamper: (path) => {
      world.before = (call, at) => {
        if (call !== "read" || at !== path) return;
        writeFileSync(`${path}.new`, readFileSync(path));
        renameSync(`${path}.new`, path);
      };
    },
    verdict: ["unreadable", "changing", "none"],
  },
  "gone while it is read": {
    tamper: (path) => {
      world.before = (call, at) => {
        if (call === "read" && at === path) rmSync(path, { force: true });
      };
    },
    verdict: ["missing", "gone", "none"],
  },
  "rows that disagree about the hash": {
    tamper: (_path, catalog, { storageUri }) => register(catalog, { storageUri, bytes: 5, sha256: "0".repeat(64) }),
    verdict: ["mismatch", "conflicting_records", "full"],
  },
  "rows that disagree about the size": {
    tamper: (_path, catalog, { storageUri }) => register(catalog, { storageUri, bytes: 6 }),
    verdict: ["mismatch", "conflicting_records", "full"],
  },
};

function fail(path: string, call: string, code: string): void {
  world.before = (name, at) => {
    if (name === call && at === path) throw fileError(code);
  };
}

async function register(
  catalog: Catalog,
  about: { readonly storageUri: string; readonly bytes: number; readonly sha256?: string },
): Promise<void> {
  const key = { artifactId: "again", sourceUrl: "https://example.org/again", resolver: "test" };
  await catalog.registerOrGet({ ...key, ...about });
}

/** Tampers with one of two blobs, and looks what verifying says. */
async function expectVerdict({ tamper, verdict }: Case): Promise<void> {
  world = new VerifyWorld();
  const catalog = await world.open();
  const record = await world.ingest(catalog, "hello");
  const other = await world.ingest(catalog, "untouched");
  await tamper(pathOf(record), catalog, record);
  const { results, summary, error } = await world.verify(catalog);
  expect(error).toBeUndefined();
  const found = results.find(({ uri }) => uri === record.storageUri);
  expect([found?.result, found?.reason, found?.strength]).toEqual(verdict);
  expect(found?.expected).toEqual({ sha256: record.sha256, bytes: 5 });
  expect(results.find(({ uri }) => uri === other.storageUri)?.result).toBe("ok");
  expect(summary?.[verdict[0] as VerifiedBlob["result"]]).toBe(verdict[0] === "ok" ? 2 : 1);
  expect(summary?.complete).toBe(true);
  const [entry] = await world.sql("SELECT result FROM verifications WHERE uri = ?", record.storageUri);
  expect(entry?.[0]).toBe(verdict[0]);
  expect(existsSync(`${world.root}/.quarantine`)).toBe(false);
}

describeWith("mkfifo", "a blob in whose place a pipe is", (mkfifo) => {
  it("is missing, and nobody waits for it", async () => {
    const tamper = (path: string): void => replaceBy(path, () => void outputOf(mkfifo, [path]));
    await expectVerdict({ tamper, verdict: ["missing", "other_kind", "none"] });
  });
});

describe("a blob that was tampered with", () => {
  for (const [title, each] of Object.entries(CASES)) {
    it(`gives ${each.verdict.join(" ")}: ${title}`, () => expectVerdict(each));
  }

  it("is unchecked where no row has a hash, and mismatched where its size is another", async () => {
    world = new VerifyWorld();
    const catalog = await world.open();
    const outside = `${world.folder}/outside.txt`;
    writeFileSync(outside, "hello");
    await register(catalog, { storageUri: `file://${outside}`, bytes: 5 });
    const first = await world.verify(catalog);
    expect(first.results.map(({ result, reason, strength }) => [result, reason, strength])).toEqual([
      ["unchecked", "no_hash", "size"],
    ]);
    expect(world.opened).not.toContain(outside);
    writeFileSync(outside, "hello, too");
    const second = await world.verify(catalog);
    expect(second.results.map(({ result, reason, strength }) => [result, reason, strength])).toEqual([
      ["mismatch", "size", "size"],
    ]);
  });

  it("is unchecked where nobody can look", async () => {
    world = new VerifyWorld();
    const catalog = await world.open();
    await register(catalog, { storageUri: "s3://papers/a.pdf", bytes: 5, sha256: "0".repeat(64) });
    await catalog.registerOrGet({
      artifactId: "odd",
      sourceUrl: "https://example.org/odd",
      resolver: "test",
      bytes: 1,
      storageUri: "gopher://host/1",
    });
    const { results, summary } = await world.verify(catalog);
    expect(results.map(({ result, reason, strength }) => [result, reason, strength])).toEqual([
      ["unchecked", "no_store", "none"],
      ["unchecked", "no_store", "none"],
    ]);
    expect(summary).toMatchObject({ ok: 0, unchecked: 2, knownBad: 0, complete: true, left: 0, bytes: 0 });
  });

  it("is verified outside of the root like others, where symlinks are followed", async () => {
    world = new VerifyWorld();
    const catalog = await world.open();
    const { sha256 } = await world.ingest(catalog, "hello");
    const [real, link] = [`${world.folder}/real.txt`, `${world.folder}/link.txt`];
    writeFileSync(real, "hello");
    symlinkSync(real, link);
    await register(catalog, { storageUri: `file://${real}`, bytes: 5, sha256: sha256 ?? "" });
    await world.sql("UPDATE documents SET storage_uri = ? WHERE artifact_id = 'again'", `file://${link}`);
    const outside = async (): Promise<unknown> => {
      const { results } = await world.verify(catalog);
      const found = results.find(({ uri }) => uri === `file://${link}`);
      return [found?.result, found?.reason];
    };
    expect(await outside()).toEqual(["ok", null]);
    flipBit(real);
    expect(await outside()).toEqual(["mismatch", "hash"]);
    replaceBy(real, () => mkdirSync(real));
    expect(await outside()).toEqual(["missing", "other_kind"]);
    rmSync(real, { recursive: true });
    expect(await outside()).toEqual(["missing", "gone"]);
  });
});
