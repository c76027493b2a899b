import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { createScratchFileSystem } from "../../../src/adapters/fs/scratch/scratch.ts";
import type { FileHandle, FileSystem } from "../../../src/ports/file-system.ts";

/** A file system, the folder to work in, and what is open. */
interface World {
  readonly fs: FileSystem;
  readonly base: string;
  readonly handles: FileHandle[];
}

/** One call, and how to tell people about it. */
interface Step {
  readonly title: string;
  readonly run: (world: World) => Promise<unknown>;
}

/** So few paths that they meet all the time: files become folders, folders move below others. */
const path = fc.constantFrom("/a", "/b", "/a/a", "/a/b", "/b/a", "/b/b/a", "/a/a/b");
const text = fc.string({ maxLength: 20 });

function onPath(title: string, run: (world: World, path: string) => Promise<unknown>): fc.Arbitrary<Step> {
  return path.map((name) => ({ title: `${title} ${name}`, run: (world) => run(world, world.base + name) }));
}

function onPaths(
  title: string,
  run: (fs: FileSystem, from: string, to: string) => Promise<unknown>,
): fc.Arbitrary<Step> {
  return fc.tuple(path, path).map(([from, to]) => ({
    title: `${title} ${from} ${to}`,
    run: ({ fs, base }) => run(fs, base + from, base + to),
  }));
}

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(path, text).map(([name, value]) => ({ title: `create ${name}`, run: create(name, value) })),
  onPath("makeDirectory", ({ fs }, at) => fs.makeDirectory(at)),
  onPath("removeDirectory", ({ fs }, at) => fs.removeDirectory(at)),
  onPaths("rename", (fs, from, to) => fs.rename(from, to)),
  onPaths("link", (fs, from, to) => fs.link(from, to)),
  onPath("unlink", ({ fs }, at) => fs.unlink(at)),
  onPath("setMode", ({ fs }, at) => fs.setMode(at, 0o700)),
  onPath("readFile", ({ fs }, at) => fs.readFile(at)),
  onPath("list", ({ fs }, at) => names(fs, at)),
  onPath("syncDirectory", ({ fs }, at) => fs.syncDirectory(at)),
  onPath("realPath", async ({ fs, base }, at) => (await fs.realPath(at)).slice(base.length)),
  onPath("open", async ({ fs, handles }, at) => {
    handles.push(await fs.open(at, "append"));
  }),
  text.map<Step>((value) => ({
    title: `write "${value}"`,
    run: async ({ handles }) => handles.at(-1)?.write(bytes(value)),
  })),
  fc.constant<Step>({ title: "read", run: async ({ handles }) => handles[0]?.read(new Uint8Array(9), 3) }),
);

function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function create(name: string, value: string): Step["run"] {
  return async ({ fs, base, handles }) => {
    const handle = await fs.open(base + name, "create");
    handles.push(handle);
    await fs.setMode(base + name, 0o640);
    return handle.write(bytes(value));
  };
}

async function names(fs: FileSystem, folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of fs.list(folder)) found.push(...page.map(({ name, kind }) => `${kind} ${name}`));
  return found.sort();
}

/** What a step gave: its result, or the code of its error. */
async function outcome(run: Step["run"], world: World): Promise<unknown> {
  try {
    return { result: await run(world) };
  } catch (error) {
    return { code: error instanceof Error && "code" in error ? error.code : error };
  }
}

/** Everything below a folder: kinds, contents, and which names are one file. */
async function picture({ fs, base }: World): Promise<unknown> {
  const found: unknown[] = [];
  const identities: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await names(fs, folder)) {
      const child = `${folder}/${entry.replace(/^\w+ /, "")}`;
      const stat = await fs.stat(child);
      const file = stat?.kind === "file";
      if (file && !identities.includes(stat.identity)) identities.push(stat.identity);
      found.push([child.slice(base.length), stat?.kind]);
      if (file) found.push(stat.links, stat.mode, identities.indexOf(stat.identity), await fs.readFile(child));
      else await visit(child);
    }
  };
  await visit(base);
  return found;
}

it("memory and node give the same answers to any sequence of calls", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60, size: "max" }), async (steps) => {
      const real: World = {
        fs: createNodeFileSystem(),
        base: await createNodeFileSystem().realPath(await mkdtemp(join(tmpdir(), "agreement-"))),
        handles: [],
      };
      const memory: World = { fs: createMemoryFileSystem(), base: "/base", handles: [] };
      await memory.fs.makeDirectory(memory.base);
      try {
        for (const { title, run } of steps) {
          const [ours, theirs] = [await outcome(run, memory), await outcome(run, real)];
          expect(ours, title).toEqual(theirs);
        }
        expect(await picture(memory)).toEqual(await picture(real));
      } finally {
        for (const handle of [...real.handles, ...memory.handles]) await handle.close();
        await rm(real.base, { recursive: true });
      }
    }),
    { numRuns: 200 },
  );
});

/** Whether a folder of below was renamed, which a scratch file system leaves to who can copy it. */
function isLeftOut(result: unknown): boolean {
  return JSON.stringify(result) === JSON.stringify({ code: "EXDEV" });
}

it("scratch gives the answers of the file system below, and changes nothing there", { timeout: 60_000 }, async () => {
  const sequence = fc.array(step, { minLength: 10, maxLength: 40, size: "max" });
  await fc.assert(
    fc.asyncProperty(sequence, sequence, async (before, steps) => {
      const lower: World = { fs: createMemoryFileSystem({ now: () => 0 }), base: "/base", handles: [] };
      const plain: World = { fs: createMemoryFileSystem({ now: () => 0 }), base: "/base", handles: [] };
      for (const world of [lower, plain]) {
        await world.fs.makeDirectory(world.base);
        for (const { run } of before) await outcome(run, world);
        world.handles.splice(0);
      }
      const found = await picture(lower);
      const scratch: World = { fs: createScratchFileSystem(lower.fs), base: "/base", handles: [] };
      for (const { title, run } of steps) {
        const ours = await outcome(run, scratch);
        if (isLeftOut(ours)) break;
        expect(ours, title).toEqual(await outcome(run, plain));
      }
      expect(await picture(lower)).toEqual(found);
    }),
    { numRuns: 300 },
  );
});
