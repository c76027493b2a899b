import { expect, it } from "vitest";
import { formatRootMarker } from "../../../src/catalog/root/root-marker.ts";
import { type IngestWorld, openWorld } from "./_ingest-world.ts";

const PATH = "/root/in.txt";
const OTHER = "0".repeat(32);

async function createWorld(): Promise<IngestWorld> {
  const world = await openWorld({ layout: "cas" });
  const { fs } = world.context;
  await fs.makeDirectory("/root");
  const file = await fs.open(PATH, "create");
  await file.write(new TextEncoder().encode("hello"));
  await file.close();
  return world;
}

async function enterOther({ context: { store } }: IngestWorld): Promise<void> {
  const marker = { id: OTHER, sequence: 1, path: "/b.sqlite", root: "/root", seenAt: null, schemaVersion: 2 };
  await store.markers.write(OTHER, formatRootMarker(marker));
}

function leaseOfSource({ context: { sql } }: IngestWorld): Promise<unknown> {
  const columns = "id, uri, origin, holder, taken_at, expires_at";
  const statement = `INSERT INTO leases (${columns}) VALUES ('x', 'file://${PATH}', 'in_place', '{}', '', '9')`;
  return Promise.resolve(sql?.batch([{ sql: statement }]));
}

/** Calls `work` when the file has been taken out of its name, to be looked at once more. */
function whenAside({ context: { fs } }: IngestWorld, work: () => Promise<unknown>): void {
  const rename = fs.rename.bind(fs);
  const watched = async (from: string, to: string): Promise<void> => {
    await rename(from, to);
    if (from === PATH) await work();
  };
  Object.assign(fs, { rename: watched });
}

it("moves a file of the root that nobody else may name", async () => {
  const world = await createWorld();
  expect((await world.finalize(PATH)).sourceKept).toBeUndefined();
  expect(await world.context.fs.stat(PATH)).toBeUndefined();
});

it("keeps a file of the root that another catalog may name", async () => {
  const world = await createWorld();
  await enterOther(world);
  expect((await world.finalize(PATH)).sourceKept).toBe("lies in the root, where another catalog may name it");
  expect(await world.context.fs.stat(PATH)).toBeDefined();
});

it("keeps a file of the root that is being registered where it lies", async () => {
  const world = await createWorld();
  await leaseOfSource(world);
  expect((await world.finalize(PATH)).sourceKept).toBe("is being registered where it lies");
  expect(await world.context.fs.stat(PATH)).toBeDefined();
});

it.each([
  ["another catalog joins", enterOther],
  ["it is registered", leaseOfSource],
] as const)("gives a file of the root its name back when %s at the last moment", async (_what, work) => {
  const world = await createWorld();
  whenAside(world, () => work(world));
  expect((await world.finalize(PATH)).sourceKept).toMatch(/registered where it lies, after it was read$/);
  expect(await world.context.fs.stat(PATH)).toBeDefined();
});

it("asks for nothing of the kind of a file elsewhere", async () => {
  const world = await createWorld();
  await enterOther(world);
  await world.context.fs.rename(PATH, "/in.txt");
  expect((await world.finalize("/in.txt")).sourceKept).toBeUndefined();
});
