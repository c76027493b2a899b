import { describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { Layout } from "../../../src/core/naming/layout.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { type Chooser, createRandomChooser } from "../../../src/testing/simulation/chooser.ts";
import { PowerLossDisk } from "../../../src/testing/simulation/power-loss-disk.ts";
import { roundsOf, SEED } from "../../sampling.ts";
import { ingest, remove, STRAY, textsIn, write } from "./_collect-scene.ts";
import { pathOf, ROOT } from "./_collect-world.ts";
import { type MortalProcess, MortalProcesses } from "./_mortal-processes.ts";

/** For each layout; there are about so many operations in each. */
const CUTS = Math.min(roundsOf("SIMULATE_CONTENTS", 20), 300);

const OPERATIONS = 1500;

/** What was said to be in a catalog at a moment, by its name and a text's. */
type Told = ReadonlyMap<string, "added" | "removed">;

/** What the power failure left, and what had been said before it. */
interface Cut {
  readonly disk: PowerLossDisk;
  readonly told: Told;
  readonly about: string;
}

interface StepHooks {
  readonly choose: Chooser;
  /** Before each operation. */
  readonly step: (operation: string, path: string) => Promise<void>;
}

function attach(disk: PowerLossDisk, { choose: chooser, step }: StepHooks): FileSystem {
  return disk.attach({ step, now: Date.now, chooser }).fs;
}

/** Two catalogs that store, remove and collect in one root, and tell what they did. */
class Work {
  readonly told = new Map<string, "added" | "removed">();
  readonly #catalogs: Readonly<Record<"a" | "b", Catalog>>;

  constructor(catalogs: Readonly<Record<"a" | "b", Catalog>>) {
    this.#catalogs = catalogs;
  }

  async add(name: "a" | "b", text: string): Promise<void> {
    this.told.delete(`${name} ${text}`);
    await ingest(this.#catalogs[name], text);
    this.told.set(`${name} ${text}`, "added");
  }

  async remove(name: "a" | "b", text: string): Promise<void> {
    this.told.delete(`${name} ${text}`);
    await remove(this.#catalogs[name], text);
    this.told.set(`${name} ${text}`, "removed");
  }

  async collect(name: "a" | "b", trash: boolean): Promise<void> {
    await collect(this.#catalogs[name], trash);
  }
}

async function collect(catalog: Catalog, trash = false): Promise<void> {
  await catalog.apply(await catalog.planCollect({ orphanTtlDays: 0, trash, giveBackFirst: true }), { force: true });
}

async function workOn(work: Work): Promise<void> {
  for (const text of ["kept", "", "gone", "later"]) await work.add("a", text);
  for (const text of ["shared", "", "later"]) await work.add("b", text);
  await work.add("a", "shared");
  for (const text of ["gone", "shared"]) await work.remove("a", text);
  await work.collect("a", false);
  await work.remove("a", "later");
  await work.add("a", "gone");
  await work.remove("b", "later");
  await work.collect("a", true);
  await work.remove("a", "gone");
  await work.collect("b", false);
  await work.add("b", "gone");
  await work.collect("a", false);
}

/** Opens what is left after the power came back, collects, and tells what is wrong. */
async function lookAfter({ disk, told }: Cut, layout: Layout): Promise<readonly string[]> {
  const fs = attach(disk, { choose: createRandomChooser(1), step: async () => {} });
  const process = new MortalProcesses("2").start();
  const wrong: string[] = [];
  const [a, b] = [await process.open({ fs, layout }), await process.open({ fs, layout, name: "b" })];
  await collect(a);
  const texts = await textsIn(fs);
  for (const [name, catalog] of [
    ["a", a],
    ["b", b],
  ] as const) {
    const rows = new Map<string, string>();
    for await (const record of catalog.search())
      rows.set(record.artifactId === "empty" ? "" : record.artifactId, pathOf(record));
    for (const [text, path] of rows) {
      if (texts.get(path) !== text) wrong.push(`${name} names ${path}, which is ${JSON.stringify(texts.get(path))}`);
    }
    for (const [key, deed] of told) {
      if (!key.startsWith(`${name} `)) continue;
      if (rows.has(key.slice(2)) !== (deed === "added")) wrong.push(`${key} was ${deed}`);
    }
  }
  if (texts.get(STRAY) !== "mine") wrong.push("what nobody registered is lost");
  for (const path of texts.keys()) {
    const name = path.slice(ROOT.length + 1);
    if (/^\.(?:trash\/(?!kept-)|staging\/)/.test(name)) wrong.push(`${name} is left`);
  }
  for (const catalog of [a, b]) await catalog.close();
  return wrong;
}

/** Opens both catalogs, with a root that is used already. */
async function start(
  fs: FileSystem,
  process: MortalProcess,
  layout: Layout,
): Promise<Readonly<Record<"a" | "b", Catalog>>> {
  await write(fs, STRAY, "mine");
  return { a: await process.open({ fs, layout }), b: await process.open({ fs, layout, name: "b" }) };
}

describe.each<Layout>(["cas", "policy_path"])("the power fails beside a collector in layout %s", (layout) => {
  it("and every row that is left has its bytes, and every one that was acknowledged is left", async () => {
    const choose = createRandomChooser(SEED);
    const disk = new PowerLossDisk();
    const cuts: Cut[] = [];
    let work: Work | undefined;
    let operations = 0;
    const step = async (operation: string, path: string): Promise<void> => {
      if (work === undefined) return;
      operations += 1;
      if (choose.choose(OPERATIONS) >= CUTS) return;
      const about = `seed ${SEED}, operation ${operations}, ${operation} ${path}`;
      cuts.push({ disk: disk.crash(choose), told: new Map(work.told), about });
    };
    const catalogs = await start(attach(disk, { choose, step }), new MortalProcesses("1").start(), layout);
    const begun = new Work(catalogs);
    await begun.add("a", "first");
    await begun.add("b", "first");
    work = begun;
    await workOn(work);
    const wrong: string[] = [];
    for (const cut of cuts) {
      const found = await lookAfter(cut, layout).catch((error: unknown) => [String(error)]);
      wrong.push(...found.map((text) => `${cut.about}: ${text}`));
    }
    process.stdout.write(`${layout}: ${cuts.length} cuts in ${operations} operations\n`);
    expect(wrong).toEqual([]);
    expect(cuts.length).toBeGreaterThan(0);
  });
});

it("the power fails when another catalog had not synced its removal yet: its row is gone, or has its bytes", async () => {
  const choose = createRandomChooser(SEED);
  const disk = new PowerLossDisk();
  const processes = new MortalProcesses("1");
  const goOn = async (): Promise<void> => {};
  let onSync: (() => void) | undefined;
  const stall = async (operation: string, path: string): Promise<void> => {
    if (onSync === undefined || operation !== "fsync" || !path.endsWith("/b.sqlite.oplog")) return;
    onSync();
    await new Promise(() => {});
  };
  const fs = attach(disk, { choose, step: goOn });
  await write(fs, STRAY, "mine");
  const a = await processes.start().open({ fs, layout: "cas" });
  const fsOfB = attach(disk, { choose, step: stall });
  const b = await processes.start().open({ fs: fsOfB, layout: "cas", name: "b" });
  await ingest(a, "of a");
  await ingest(b, "of b");
  await b.checkpoint();
  // It is written, others see it, and it gets no further.
  await new Promise<void>((resolve) => {
    onSync = resolve;
    void remove(b, "of b");
  });
  await collect(a);
  expect([...(await textsIn(fs)).values()]).not.toContain("of b");
  const wrong: string[] = [];
  for (let cut = 0; cut < 40; cut++) {
    const told = new Map([["a of a", "added"]] as const);
    wrong.push(...(await lookAfter({ disk: disk.crash(choose), told, about: "" }, "cas")));
  }
  expect(wrong).toEqual([]);
});
