import initSqlJs from "sql.js";
import { describe, expect, it } from "vitest";
import type { ReplicaFactory } from "../../../../../src/adapters/sql/oplog/protocol/catalog-replica.ts";
import { createSqlJsReplicas } from "../../../../../src/adapters/sql/oplog/replica/catalog-replicas.ts";
import { isCatalogError } from "../../../../../src/errors.ts";
import { Violation } from "./history.ts";
import { createListReplicas } from "./list-replica.ts";
import { type Actor, Stage } from "./stage.ts";
import { crashAtEachStep, failAtEachStep, interruptAtEachStep, WORKS, type Work } from "./sweep.ts";
import { MIGRATE } from "./world.ts";

const WRITES_LOG = /^write \/catalog\.sqlite\.oplog$/;
const SCHEMA = [
  { version: 1, name: "lines", sql: "CREATE TABLE lines (id INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT UNIQUE)" },
  { version: 2, name: "more", sql: MIGRATE },
];
const SWEEP = { every: 15, survivors: 3, knows: 2 };
const sqljs = await initSqlJs();

function sqlReplicas(knows: number): ReplicaFactory {
  const migrations = SCHEMA.slice(0, knows);
  return createSqlJsReplicas({ sqljs, path: "/catalog.sqlite", applicationId: 7, migrations });
}

/** What those say who know the old schema only, as one with a newer one has it open. */
async function meetNewer(replicas: (knows: number) => ReplicaFactory): Promise<readonly unknown[]> {
  const stage = new Stage({ knows: 2, survivors: 20, replicas });
  const first = await stage.open("first");
  await first.run(() => first.add("k0"));
  await first.run(() => first.close());
  const idle = await stage.open("idle");
  const next = stage.actor("next");
  next.start(() => next.migrate());
  await next.reach(WRITES_LOG);
  // One had no log, one had this log; then the frame with the migration comes.
  const reading = await stage.open("reading");
  await next.steps(1);
  const said: unknown[] = [];
  const note = async (actor: Actor, work: Work): Promise<void> => {
    await actor.run(() =>
      work(actor).catch((error: unknown) => {
        if (!isCatalogError(error, "SCHEMA_TOO_NEW")) throw error;
        said.push(error.code);
      }),
    );
  };
  const all = async (actor: Actor, name: string): Promise<void> => {
    await note(actor, (each) => each.look());
    await note(actor, (each) => each.add(name));
    await note(actor, (each) => each.readInBatch());
    await note(actor, (each) => each.checkpoint());
  };
  await all(idle, "from idle");
  await all(reading, "from reading");
  await next.finish();
  // Now it stands in the snapshot.
  await all(idle, "from idle again");
  for (const actor of [idle, reading]) await note(actor, (each) => each.close());
  await note(stage.actor("late"), (each) => each.open());
  await next.run(() => next.addForSure("k1"));
  const guest = await stage.open("guest", { knows: 2, mode: "read" });
  await guest.run(() => guest.look());
  await stage.crash();
  expect(stage.history.denied).toEqual(new Set(["from idle", "from reading", "from idle again"]));
  return said;
}

/** Also one that meets a newer schema has come to its end. */
function untilStopped(work: Work): Work {
  return (actor) =>
    work(actor).catch((error: unknown) => {
      if (!isCatalogError(error, "SCHEMA_TOO_NEW")) throw error;
    });
}

const migrate: Work = async (actor) => {
  await actor.close();
  await actor.migrate();
};

describe("a program that meets a newer schema in the log during a refresh", () => {
  it.each([
    ["lists", (knows: number) => createListReplicas({ knows })],
    ["databases", sqlReplicas],
  ] as const)("says SCHEMA_TOO_NEW and stops writing, in %s", async (_title, replicas) => {
    const said = await meetNewer(replicas);
    // Three times looking, reading in a batch and making a checkpoint, and opening; adding is denied.
    expect(said).toEqual(Array.from({ length: 10 }, () => "SCHEMA_TOO_NEW"));
  });

  it("would write on for the old one if it did not", async () => {
    const careless = (knows: number): ReplicaFactory => createListReplicas({ knows, careless: knows === 1 });
    await expect(meetNewer(careless)).rejects.toThrow(Violation);
  });
});

describe("a migration while others have the catalog open", () => {
  it("may end at any step in a power failure, or a kill", async () => {
    expect(await crashAtEachStep(migrate, SWEEP)).toBeGreaterThan(20);
  });

  it.each(["EIO", "ENOSPC"] as const)("may fail at any step with %s", async (fault) => {
    expect(await failAtEachStep(migrate, { ...SWEEP, fault, times: 1 })).toBeGreaterThan(3);
  });

  it.each([...Object.entries(WORKS), ["migrate", migrate] as const])(
    "and what others do may come in between each other's steps: %s",
    async (_title, work) => {
      const options = { ...SWEEP, every: 40 };
      expect(await interruptAtEachStep(untilStopped(work), untilStopped(migrate), options)).toBeGreaterThan(2);
      expect(await interruptAtEachStep(untilStopped(migrate), untilStopped(work), options)).toBeGreaterThan(20);
    },
  );
});
