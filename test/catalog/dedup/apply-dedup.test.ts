import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { DedupPlan } from "../../../src/catalog/dedup/dedup-options.ts";
import type { PlanAction } from "../../../src/core/plan/plan-action.ts";
import { fileUriFromPath } from "../../../src/core/storage-uri.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { FaultPlan } from "../../../src/testing/fault-plan.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { changed } from "../../adapters/blob/_store-world.ts";
import { tryCases } from "../../sampling.ts";
import { CollectWorld, ROOT } from "../collect/_collect-world.ts";
import { dedup, groupsOf, nameOf, stagedIn, storeApart } from "./_dedup-world.ts";

let files: FileSystem;
let current: FileSystem;
let world: CollectWorld;
let catalog: Catalog;
let paths: readonly string[];

beforeEach(() => open());

/** A catalog over files of which what is done can be changed later. */
async function open(clone = false): Promise<void> {
  files = createMemoryFileSystem({ clone });
  current = files;
  const opened = new Proxy(files, {
    get: (_, name) => {
      const own: unknown = Reflect.get(current, name);
      return typeof own === "function" ? own.bind(current) : own;
    },
  });
  world = new CollectWorld({ fs: opened });
  catalog = await world.open();
  paths = await storeApart(world, catalog, { text: "same bytes", names: ["a", "b", "c"] });
}

const [A, B] = [0, 1].map((index) => () => paths[index] ?? "") as [() => string, () => string];

async function apply(plan: DedupPlan): Promise<readonly string[]> {
  const findings: string[] = [];
  await catalog.apply(plan, {
    onFinding: ({ kind, message, action }) => findings.push(`${kind} ${nameOf(action.uri)} ${message}`),
  });
  return findings;
}

async function rewrite(path: string, text: string): Promise<void> {
  await files.unlink(path);
  await world.write(path, text);
  await files.setMode(path, 0o644);
}

async function texts(): Promise<readonly string[]> {
  return Promise.all(paths.map(async (path) => new TextDecoder().decode(await files.readFile(path))));
}

describe("a plan of dedup that does not hold any more", () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ["the file is gone", () => files.unlink(B()), "gone"],
    ["the file is another one", () => rewrite(B(), "same bytes"), "changed"],
    ["the other file is gone", () => files.unlink(A()), "not_shared"],
    ["the other file has another size", () => rewrite(A(), "longer than it was"), "different"],
    ["the other file has other bytes", () => rewrite(A(), "some bytes"), "different"],
    ["others may write to it", () => files.setMode(B(), 0o646), "not_shared"],
    ["others may write to the other file", () => files.setMode(A(), 0o646), "not_shared"],
    ["it has another mode", () => files.setMode(B(), 0o444), "not_shared"],
  ])("does nothing: %s", async (_what, change, kind) => {
    const plan = await catalog.planDedup();
    expect(plan.size).toBe(2);
    await change();
    const before = await files.lstat(B());
    const findings = (await apply(plan)).filter((finding) => finding.includes(" b.txt "));
    expect(findings).toEqual([expect.stringContaining(`${kind} b.txt `)]);
    expect((await files.lstat(B()))?.identity).toBe(before?.identity);
    expect(await stagedIn(files)).toEqual([]);
  });

  it("links nothing of which this catalog did not put the bytes there", async () => {
    const plan = await catalog.planDedup();
    await world.close();
    const [, b = "", c = ""] = paths.map(fileUriFromPath);
    await world.change([
      { sql: "DELETE FROM placed WHERE uri = ?", parameters: [b] },
      { sql: "UPDATE placed SET sha256_start = '0000000000000000' WHERE uri = ?", parameters: [c] },
    ]);
    catalog = await world.open("a", "write");
    expect((await apply(plan)).map((finding) => finding.split(" ", 2).join(" "))).toEqual([
      "not_shared b.txt",
      "not_shared c.txt",
    ]);
  });

  it("is refused where it is of another verb, or names what it may not", async () => {
    const plan = await catalog.planDedup();
    const lines: string[] = [];
    for await (const line of catalog.formatPlan(plan)) lines.push(line);
    const read = await catalog.readPlan(async function* open() {
      yield lines.join("");
    });
    expect(read).toMatchObject({ head: plan.head, size: 2, bytes: 20 });
    expect((await catalog.apply(read)).shared).toEqual({ files: 2, bytes: 20 });
    expect(await groupsOf(files, paths)).toEqual(["a.txt b.txt c.txt"]);
  });

  it("leaves empty files alone, whatever it says", async () => {
    const empty = await storeApart(world, catalog, { text: "", names: ["e", "f"] });
    const [from, to] = await Promise.all(empty.map((path) => files.lstat(path)));
    const plan = await catalog.planDedup();
    const [uri, other] = empty.map(fileUriFromPath);
    const { identity = "", modifiedMs = 0 } = to ?? {};
    const actions = async function* actionsOf(): AsyncGenerator<PlanAction> {
      for await (const action of plan.actions()) {
        yield { ...action, uri: other ?? action.uri, from: uri, bytes: 0, identity, modifiedMs };
        return;
      }
    };
    expect(await apply({ ...plan, actions })).toEqual([expect.stringContaining("it is empty")]);
    expect(from?.identity).not.toBe((await files.lstat(empty[1] ?? ""))?.identity);
  });

  it("passes over what names no place of the root", async () => {
    const plan = await catalog.planDedup();
    const actions = async function* actionsOf(): AsyncGenerator<PlanAction> {
      for await (const action of plan.actions()) {
        yield { ...action, from: "file:///elsewhere/x" as typeof action.uri };
        yield { ...action, from: undefined };
        yield { ...action, uri: "file:///elsewhere/x" as typeof action.uri };
      }
    };
    expect((await apply({ ...plan, actions })).map((finding) => finding.split(" ")[0])).toEqual(Array(6).fill("gone"));
  });
});

describe("dedup beside others", () => {
  it("keeps what somebody writes to a file at any moment, or the bytes of both", async () => {
    for (const target of [A, B]) {
      await tryCases({ every: EVERY, from: 1 }, async (failAt) => {
        await open();
        const plan = await catalog.planDedup();
        let isWritten = false;
        const before = await files.lstat(target());
        const change = async (): Promise<void> => {
          const now = await files.lstat(target());
          if (isWritten || now?.identity !== before?.identity || now?.links !== 1) return;
          isWritten = true;
          const handle = await files.open(target(), "append");
          await handle.write(new TextEncoder().encode("!"));
          await handle.close();
        };
        const fs = createFaultyFileSystem(files, { failAt, effect: "change", change, operations: FILE_CALLS });
        current = fs;
        await apply(plan);
        current = files;
        const found = new Map(paths.map((path) => [nameOf(path), path]));
        const written = new TextDecoder().decode(await files.readFile(found.get(nameOf(target())) ?? ""));
        expect(written, `call ${failAt}`).toBe(isWritten ? "same bytes!" : "same bytes");
        await world.close();
        return fs.faults > 0;
      });
    }
  });

  it("reads no file that is gone by then", async () => {
    for (const path of [A, B]) {
      await open();
      const plan = await catalog.planDedup();
      const remove = async (opened: string): Promise<void> => {
        if (opened === path() && (await files.lstat(path())) !== undefined) await files.unlink(path());
      };
      current = changed(files, {
        open: async (opened: string, ...mode) => {
          await remove(opened);
          return files.open(opened, ...mode);
        },
      });
      expect((await apply(plan))[0]).toMatch(path === A ? /^changed b.txt / : /^changed b.txt /);
      expect(await stagedIn(files)).toEqual([]);
    }
  });

  it("takes no name that somebody else has by then", async () => {
    const plan = await catalog.planDedup();
    current = changed(files, {
      adopt: undefined,
      link: async (from: string, to: string) => {
        if (from === B()) await rewrite(B(), "theirs....");
        await files.link(from, to);
      },
    } as Partial<FileSystem>);
    expect((await apply(plan)).map((finding) => finding.split(" ", 2).join(" "))).toEqual(["changed b.txt"]);
    expect(await texts()).toEqual(["same bytes", "theirs....", "same bytes"]);
  });

  it("shares no bytes of a file that became another one when it was staged", async () => {
    for (const clone of [false, true]) {
      await open(clone);
      const plan = await catalog.planDedup();
      const replace = async (from: string): Promise<void> => {
        if (from === A()) await rewrite(A(), "some bytes");
      };
      current = changed(files, {
        link: async (from: string, to: string) => {
          await replace(from);
          await files.link(from, to);
        },
        clone: async (from: string, to: string) => {
          await replace(from);
          await files.clone(from, to);
        },
      });
      const findings = await apply(plan);
      expect(findings[0]).toContain("not_shared b.txt");
      expect(await texts()).toEqual(["some bytes", "same bytes", "same bytes"]);
      expect(await stagedIn(files)).toEqual([]);
    }
  });

  it("makes a file of one that is there no clone that belongs to somebody else", async () => {
    await open(true);
    const owner = { userId: 7, groupId: 7 };
    const plan = await catalog.planDedup();
    const theirs = async (path: string): ReturnType<FileSystem["lstat"]> => {
      const stat = await files.lstat(path);
      return stat && (paths.includes(path) || stat.links > 1) ? { ...stat, owner } : stat;
    };
    current = changed(files, { lstat: theirs });
    expect(await apply(plan)).toEqual([]);
    expect(await groupsOf(files, paths)).toEqual(["a.txt b.txt c.txt"]);
  });
});

/** One call in so many is tried here, each of them with `npm run simulate -- --sweeps`. */
const EVERY = 10;

const FILE_CALLS = ["lstat", "open", "read", "link", "rename", "unlink", "realPath", "sync", "syncDirectory"] as const;

const PLANS: readonly [FaultPlan, clone: boolean][] = [
  [{ effect: "before", repeat: "forever" }, false],
  [{ effect: "before" }, true],
  [{ effect: "before", code: "ENOSPC" }, false],
  [{ effect: "before", code: "EACCES" }, false],
  [{ effect: "after" }, false],
  [{ effect: "after" }, true],
];

describe("dedup with a fault at each call", () => {
  it.each(PLANS.flatMap((plan) => [false, true].map((clone) => [plan, clone] as const)))(
    "leaves each name whole, with its bytes: %j, clones %j",
    async (plan, clone) => {
      await tryCases({ every: EVERY, from: 1 }, async (failAt) => {
        await open(clone);
        const made = await catalog.planDedup();
        const fs = createFaultyFileSystem(files, { ...plan, failAt });
        current = fs;
        const applied: string[] = [];
        const error = await catalog
          .apply(made, { onApplied: ({ uri }) => applied.push(nameOf(uri)) })
          .catch((caught: unknown) => caught);
        current = files;
        expect(await texts(), `call ${failAt}`).toEqual(["same bytes", "same bytes", "same bytes"]);
        if (error instanceof Error) expect(isCatalogError(error), `call ${failAt}: ${error.message}`).toBe(true);
        const alone = (await groupsOf(files, paths)).filter((group) => !group.includes(" "));
        if (!clone) for (const name of applied) expect(alone).not.toContain(name);
        if (fs.faults === 0) expect(applied).toEqual(["b.txt", "c.txt"]);
        await world.close().catch(() => undefined);
        return fs.faults > 0;
      });
    },
    120_000,
  );

  it("ends it for a device that is full, and goes on another time", async () => {
    current = changed(files, {
      link: (from: string, to: string) =>
        to.includes("/.staging/") && from === A()
          ? Promise.reject(Object.assign(new Error("ENOSPC"), { code: "ENOSPC" }))
          : files.link(from, to),
    });
    await expect(dedup(catalog)).rejects.toMatchObject({ code: "NO_SPACE" });
    current = changed(files, {
      open: (path: string, ...mode) =>
        path === B() ? Promise.reject(Object.assign(new Error("EIO"), { code: "EIO" })) : files.open(path, ...mode),
    });
    const { findings, applied } = await dedup(catalog);
    expect([findings, applied]).toEqual([[expect.stringMatching(/^failed b.txt /)], ["c.txt"]]);
    current = files;
    expect((await dedup(catalog)).applied).toEqual(["b.txt"]);
    expect(await stagedIn(files)).toEqual([]);
    expect(await files.lstat(`${ROOT}/.staging`)).toBeDefined();
  });
});
