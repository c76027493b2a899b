import { describe, expect, it } from "vitest";
import { loadFixture, LAYOUTS as OLDER_LAYOUTS } from "../../fixtures-0.1/load-fixture.ts";
import { hashOf, KEY, type OriginWorld, openOriginWorld } from "./_origin-world.ts";

/*
 * The table `placed`: which names this catalog gave to bytes. Lines are about places, so they outlive rows; and they say
 * nothing of bytes that somebody else put there.
 */

const TEXT = "hello\n";
const OTHER = "others\n";
const FLAT = { pathTemplate: "{basename}" };
const URI = "file:///root/x.txt";

async function removeRow(world: OriginWorld): Promise<unknown> {
  await world.catalog.remove([(await world.row()).id]);
  return (await world.removals()).at(-1);
}

/** Renames a file, as its owner may. */
async function move(world: OriginWorld, from: string, to: string): Promise<void> {
  await world.write(to, "");
  await world.fs.unlink(to);
  await world.fs.rename(from, to);
}

/** Does something once, between the moment when the bytes have their name and that when it is durable. */
function onceNamed({ fs }: OriginWorld, work: () => Promise<void>): { times: number } {
  const done = { times: 0 };
  const syncDirectory = fs.syncDirectory.bind(fs);
  Object.assign(fs, {
    syncDirectory: async (path: string) => {
      const isNamed = path === "/root" && (await fs.stat("/root/x.txt")) !== undefined;
      if (isNamed && done.times++ === 0) await work();
      return syncDirectory(path);
    },
  });
  return done;
}

describe("a name that was given", () => {
  it("is on record where it does not tell so itself, and stays when its row goes", async () => {
    for (const storage of [FLAT, { layout: "cas" }] as const) {
      const world = await openOriginWorld(storage);
      const uri = await world.ingest(TEXT);
      const expected = storage === FLAT ? [uri] : [];
      expect(await world.placed()).toEqual(expected);
      await world.ingest(OTHER, "replace");
      expect(await world.placed()).toEqual(
        storage === FLAT ? [expect.stringMatching(/x-[0-9a-f]{12}\.txt$/), uri] : [],
      );
      await removeRow(world);
      expect((await world.placed()).length).toBe(2 * expected.length);
      await world.catalog.close();
    }
  });

  it("is not on record for what was found there, or has no hash", async () => {
    const found = await openOriginWorld(FLAT);
    await found.write("/root/x.txt", TEXT);
    expect(await found.ingest(TEXT)).toBe(URI);
    expect(await found.placed()).toEqual([]);
    await found.catalog.close();
    const unhashed = await openOriginWorld(FLAT, { catalog: { computeSha256: false } });
    expect(await unhashed.ingest(TEXT)).toBe(URI);
    expect(await unhashed.placed()).toEqual([]);
    await unhashed.catalog.close();
  });

  it("is not on record when no row came of it", async () => {
    const world = await openOriginWorld(FLAT);
    const named = onceNamed(world, () => Promise.reject(Object.assign(new Error("EIO"), { code: "EIO" })));
    await expect(world.ingest(TEXT)).rejects.toThrow();
    expect([named.times, await world.placed()]).toEqual([1, []]);
    expect(await world.removals()).toMatchObject([{ verb: "abandon", uri: URI, origin: "placed" }]);
    await world.catalog.close();
  });

  it.each(["lease", "abandoned", "lease of others", "abandoned by others"])(
    "is on record when the bytes come again after a process was killed: %s",
    async (trace) => {
      const world = await openOriginWorld(FLAT);
      await world.write("/root/x.txt", TEXT);
      const { identity } = (await world.fs.stat("/root/x.txt")) ?? {};
      const parameters = [URI, trace.endsWith("others") ? "others" : (identity ?? null)];
      const time = "2025-01-01T00:00:00.000Z";
      const [table, columns, values] = trace.startsWith("lease")
        ? [
            "leases",
            "id, origin, holder, taken_at, expires_at",
            `'dead', 'placed', '{}', '${time}', '9${time.slice(1)}'`,
          ]
        : ["removals", "verb, origin, removed_at", `'abandon', 'placed', '${time}'`];
      const sql = `INSERT INTO ${table} (uri, identity, ${columns}) VALUES (?, ?, ${values})`;
      await world.run({ sql, parameters });
      expect(await world.ingest(TEXT)).toBe(URI);
      expect(await world.placed()).toEqual(trace.endsWith("others") ? [] : [URI]);
      await world.catalog.close();
    },
  );

  it("is on record when somebody ended its lease before its row was there", async () => {
    const world = await openOriginWorld(FLAT);
    const named = onceNamed(world, async () => {
      // Its file is on record in a moment.
      await expect.poll(() => world.query("SELECT uri FROM leases WHERE identity IS NOT NULL")).toEqual([[URI]]);
      const [lease = []] = await world.query("SELECT uri, taken_at, origin, identity FROM leases");
      const sql = "INSERT INTO removals (uri, removed_at, verb, origin, identity) VALUES (?, ?, 'abandon', ?, ?)";
      await world.run({ sql, parameters: lease.map(String) }, { sql: "DELETE FROM leases" });
    });
    expect(await world.ingest(TEXT)).toBe(URI);
    expect([named.times > 0, await world.placed()]).toEqual([true, [URI]]);
    await world.catalog.close();
  });

  it("is that of every row that names it with these bytes, and of none with others", async () => {
    const world = await openOriginWorld(FLAT);
    await world.ingest(TEXT);
    const about = { ...KEY, storageUri: URI, bytes: TEXT.length };
    const same = await world.catalog.registerOrGet({ ...about, resolver: "same", sha256: await hashOf(TEXT) });
    const unknown = await world.catalog.registerOrGet({ ...about, resolver: "unknown" });
    const other = await world.catalog.registerOrGet({ ...about, resolver: "other", sha256: await hashOf(OTHER) });
    await world.catalog.remove([same, unknown, other].map(({ record }) => record.id));
    await removeRow(world);
    const origins = (await world.removals()).map(({ origin }) => origin);
    expect(origins).toEqual(["placed", "registered", "registered", "placed"]);
    await world.catalog.close();
  });

  it.each(["registered", "in_place"] as const)(
    "says nothing of other bytes that lie there later: %s",
    async (origin) => {
      const world = await openOriginWorld(FLAT);
      await world.ingest(TEXT);
      await removeRow(world);
      await world.write("/root/x.txt", OTHER);
      if (origin === "in_place") await world.add("/root/x.txt", "none");
      else await world.register(URI, OTHER);
      expect(await removeRow(world)).toMatchObject({ uri: URI, sha256: await hashOf(OTHER), origin });
      await world.catalog.close();
    },
  );

  it("is given anew to other bytes", async () => {
    const world = await openOriginWorld(FLAT);
    await world.ingest(TEXT);
    await removeRow(world);
    await world.fs.unlink("/root/x.txt");
    expect(await world.ingest(OTHER)).toBe(URI);
    expect(await removeRow(world)).toMatchObject({ uri: URI, sha256: await hashOf(OTHER), origin: "placed" });
    expect(await world.placed()).toEqual([URI]);
    await world.catalog.close();
  });

  it("is followed when somebody moves the file, to a name that has no line", async () => {
    const world = await openOriginWorld({ pathTemplate: "a/{basename}" });
    await world.ingest(TEXT);
    await move(world, "/root/a/x.txt", "/root/b/x.txt");
    await world.catalog.relocate({ from: "/root/a", to: "/root/b" });
    expect(await world.placed()).toEqual(["file:///root/b/x.txt"]);
    const line = { uri: "file:///root/b/x.txt", sha256: await hashOf(TEXT), origin: "placed" };
    expect(await removeRow(world)).toMatchObject(line);
    await world.ingest(OTHER);
    await move(world, "/root/a/x.txt", "/root/b/x.txt");
    await world.catalog.relocate({ from: "/root/a", to: "/root/b" });
    expect(await world.placed()).toEqual(["file:///root/a/x.txt", "file:///root/b/x.txt"]);
    expect(await removeRow(world)).toMatchObject({ uri: line.uri, sha256: await hashOf(OTHER), origin: "registered" });
    await world.catalog.close();
  });

  it("of layout cas says nothing once the file has another one", async () => {
    const world = await openOriginWorld({ layout: "cas" });
    const path = new URL(await world.ingest(TEXT)).pathname;
    await move(world, path, "/root/b/x.txt");
    await world.catalog.relocate({ from: path, to: "/root/b/x.txt" });
    expect(await removeRow(world)).toMatchObject({ uri: "file:///root/b/x.txt", origin: "registered" });
    await world.catalog.close();
  });

  it("is on record, and as abandoned, when another process made the row of the file", async () => {
    const world = await openOriginWorld(FLAT);
    await world.write("/in/x.txt", TEXT);
    const open = world.fs.open.bind(world.fs);
    let times = 0;
    Object.assign(world.fs, {
      open: async (...given: Parameters<typeof open>) => {
        if (given[0] === "/in/x.txt" && times++ === 0) {
          await world.run(
            {
              sql: `INSERT INTO documents (artifact_id, source_url, resolver, bytes, sha256, storage_uri, created_at,
                updated_at) VALUES ('theirs', 'u', 'r', 6, ?, 's3://bucket/x', ?, ?)`,
              parameters: ["f".repeat(64), "2025-01-01T00:00:00.000Z", "2025-01-01T00:00:00.000Z"],
            },
            { sql: "INSERT INTO sources (path, document_id) SELECT '/in/x.txt', id FROM documents" },
          );
        }
        return open(...given);
      },
    });
    const summary = await world.catalog.add([{ path: "/in/x.txt" }]);
    expect([times > 0, summary.documents]).toEqual([true, 0]);
    expect(await world.query("SELECT artifact_id FROM documents")).toEqual([["theirs"]]);
    const abandoned = { verb: "abandon", uri: URI, sha256: await hashOf(TEXT), bytes: TEXT.length, origin: "placed" };
    expect([await world.removals(), await world.placed()]).toEqual([[abandoned], [URI]]);
    await world.catalog.close();
  });
});

describe.each(OLDER_LAYOUTS)("a catalog of version 0.1 with the layout %s", (layout) => {
  it("placed the names that tell so, and nothing else that can be shown", async () => {
    const fs = await loadFixture(layout);
    const at = { rootDir: "/library/docs", path: "/library/state/catalog.sqlite" };
    const world = await openOriginWorld({ layout, rootDir: at.rootDir }, { fs, catalog: { path: at.path } });
    const before = await world.removals();
    expect(before).toMatchObject([{ verb: "remove", origin: null }]);
    const ids = (await world.query("SELECT id FROM documents ORDER BY id")).map(([id]) => Number(id));
    await world.catalog.remove(ids);
    const after = (await world.removals()).slice(1);
    expect(after.length).toBeGreaterThan(ids.length);
    const counts = { placed: 0, registered: 0 };
    for (const { uri, sha256, origin } of after) {
      const name = `file:///library/docs/cas/sha256/${String(sha256).slice(0, 2)}/${String(sha256).slice(2)}`;
      const expected = uri === name ? "placed" : "registered";
      expect([uri, origin]).toEqual([uri, expected]);
      counts[expected] += 1;
    }
    expect([counts.placed > 0, counts.registered > 0]).toEqual([layout === "cas", true]);
    await world.catalog.close();
  });

  it("has a line for what it places from now on, and for nothing that it meets", async () => {
    const fs = await loadFixture(layout);
    const at = { rootDir: "/library/docs", path: "/library/state/catalog.sqlite" };
    const world = await openOriginWorld({ layout, rootDir: at.rootDir }, { fs, catalog: { path: at.path } });
    const [[known] = []] = await world.query("SELECT storage_uri FROM documents WHERE sha256 IS NOT NULL ORDER BY id");
    const bytes = await fs.readFile(new URL(String(known)).pathname);
    await world.ingest(new TextDecoder().decode(bytes));
    const uri = await world.ingest("new since then\n", undefined, { artifactId: "doi:10.1/y" });
    const placed = await world.placed();
    expect(placed.includes(uri)).toBe(layout === "policy_path");
    expect(placed).not.toContain(known);
    await world.catalog.close();
  });
});
