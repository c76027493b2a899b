import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../../src/adapters/fs/memory.ts";
import type { FileSystem } from "../../../../../src/ports/file-system.ts";
import {
  createProcesses,
  insert,
  inspectBytes,
  listNames,
  names,
  openEngine,
  overrideCalls,
  overrideHandles,
  posixError,
  writeFile,
} from "../_engine-world.ts";

const PATH = "/catalog.sqlite";
const LOG = `${PATH}.oplog`;

/** A file system that finds out only when it is asked that there are no links, as that of a machine does. */
function withoutLinks(fs: FileSystem): FileSystem {
  return overrideCalls(fs, {
    link: async () => {
      throw posixError("EPERM");
    },
  });
}

/** A catalog with the row `a`, and the log that it had with the row `b`. */
async function createCatalog(): Promise<{ readonly fs: FileSystem; readonly log: Uint8Array }> {
  const fs = createMemoryFileSystem();
  const engine = await openEngine({ fs, path: PATH, checkpointOnClose: "never" });
  await engine.batch([insert("a")]);
  await engine.checkpoint();
  await engine.batch([insert("b")]);
  const log = await fs.readFile(LOG);
  await engine.close();
  await fs.unlink(LOG);
  return { fs, log };
}

/** A log whose header was damaged where it begins. */
function withoutHeader(log: Uint8Array): Uint8Array {
  return log.slice().fill(0, 0, 8);
}

describe("a log without a complete header", () => {
  it.each([0, 1, 100, 159, 160, 161, 222, 223])("counts as none, and is replaced: %i bytes", async (size) => {
    const { fs, log } = await createCatalog();
    await writeFile(fs, LOG, withoutHeader(log).slice(0, size));
    const reader = await openEngine({ fs, path: PATH, mode: "read" });
    expect(await names(reader)).toEqual(["a"]);
    expect((await fs.readFile(LOG)).byteLength).toBe(size);
    const warnings: string[] = [];
    const logger = { log: (_: string, message: string) => void warnings.push(message) };
    const writer = await openEngine({ fs, path: PATH, logger });
    await writer.batch([insert("c")]);
    expect(warnings).toEqual(["replacing a log that was never completed"]);
    expect(await names(reader)).toEqual(["a", "c"]);
    await writer.close();
    await reader.close();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
    expect(inspectBytes(await fs.readFile(PATH))).toEqual({ integrity: "ok", names: ["a", "c"] });
  });

  it("counts as none while it is being made, whenever it gets its header and a frame", async () => {
    for (const call of ["read", "stat"] as const) {
      const { fs, log } = await createCatalog();
      await writeFile(fs, LOG, new Uint8Array(0));
      let made = false;
      const make = async <Result>(path: string, done: Promise<Result>): Promise<Result> => {
        const result = await done;
        if (path !== LOG || made) return result;
        made = true;
        const maker = await fs.open(LOG, "append");
        await maker.write(log);
        await maker.close();
        return result;
      };
      const watched = overrideHandles(fs, (handle, path) => ({
        [call]: (...given: Parameters<typeof handle.read>) => make(path, Promise.resolve(handle[call](...given))),
      }));
      const reader = await openEngine({ fs: watched, path: PATH, mode: "read", refreshIntervalMs: 0 });
      expect(await names(reader)).toEqual(["a", "b"]);
      expect(made).toBe(true);
      await reader.close();
    }
  });

  it.each([224, undefined])("that could have frames is damaged, and left alone: %s bytes", async (size) => {
    const { fs, log } = await createCatalog();
    const damaged = withoutHeader(log).slice(0, size);
    await writeFile(fs, LOG, damaged);
    for (const mode of ["read", "write"] as const) {
      await expect(openEngine({ fs, path: PATH, mode })).rejects.toMatchObject({ code: "CORRUPT" });
    }
    expect(await fs.readFile(LOG)).toEqual(damaged);
  });
});

describe("where files have one name only", () => {
  it("writers that create the catalog at once make one", async () => {
    const fs = withoutLinks(createMemoryFileSystem());
    const engines = await Promise.all(
      [1, 2, 3].map((pid) =>
        openEngine({ fs, path: "/new/catalog.sqlite", busyTimeoutMs: 30_000, processes: createProcesses(pid) }),
      ),
    );
    await Promise.all(engines.map((engine, index) => engine.batch([insert(`row ${index}`)])));
    for (const engine of engines) expect(await names(engine)).toEqual(["row 0", "row 1", "row 2"]);
    for (const engine of engines) await engine.close();
    expect(await listNames(fs, "/new")).toEqual(["catalog.sqlite"]);
  });

  it("a writer that slept while it made the log loses nothing when it wakes just as another replaces it", async () => {
    const plain = withoutLinks((await createCatalog()).fs);
    const [sleeping, waking, acknowledged] = [createSignal(), createSignal(), createSignal()];
    const slow = overrideHandles(plain, (handle, path) => ({
      write: async (bytes) => {
        if (path === LOG && bytes.byteLength === 160) {
          sleeping.give();
          await waking.given;
        }
        return handle.write(bytes);
      },
    }));
    const stealing = overrideCalls(plain, {
      rename: async (from, to) => {
        if (from === LOG) {
          waking.give();
          await acknowledged.given;
        }
        await plain.rename(from, to);
      },
    });
    const options = { path: PATH, busyTimeoutMs: 30_000, checkpointOnClose: "never" } as const;
    const sleeper = await openEngine({ ...options, fs: slow, processes: createProcesses(1) });
    const slept = sleeper.batch([insert("slept")]).finally(() => acknowledged.give());
    await sleeping.given;
    const thief = await openEngine({ ...options, fs: stealing, processes: createProcesses(2, new Set([1])) });
    await thief.batch([insert("stolen")]);
    await slept;
    await thief.close();
    await sleeper.close();
    const reader = await openEngine({ path: PATH, fs: plain, mode: "read" });
    expect(await names(reader)).toEqual(["a", "slept", "stolen"]);
    await reader.close();
  });
});

/** Something that is waited for. */
function createSignal(): { readonly given: Promise<void>; give(): void } {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give: () => give() };
}
