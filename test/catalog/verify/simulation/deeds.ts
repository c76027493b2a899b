import type { RepairOptions } from "../../../../src/catalog/repair/repair-options.ts";
import type { VerifyOptions } from "../../../../src/catalog/verify/verify-options.ts";
import { collect } from "../../simulation/collector.ts";
import { encode, metaOf } from "../../simulation/scene.ts";
import type { WorldProcess } from "../../simulation/world.ts";
import { type Artifact, OTHER, rot, rotSpare, TEXTS, type VerifyScene, writeAtOnce } from "./scene.ts";

/** What a process does. It fails with `CONFLICT` or `NOT_FOUND` where others get in its way, and with nothing else. */
export type Deed = (scene: VerifyScene, process: WorldProcess) => Promise<void>;

function verify(options: VerifyOptions = {}): Deed {
  return async ({ told }, { catalog, name }) => {
    for await (const blob of catalog.verify(options)) told.push({ run: name, blob });
  };
}

function repair(options: RepairOptions = {}): Deed {
  return async (_scene, { catalog }) => {
    for await (const _ of catalog.repair({ ...options, apply: true }));
  };
}

function ingest(text: string, artifact: string, onChange: "replace" | "keep" = "keep"): Deed {
  return async (_scene, { catalog }) => {
    await catalog.ingest(encode(text), metaOf(artifact), { onChange });
  };
}

function remove(artifact: Artifact): Deed {
  return async (_scene, { catalog }) => {
    const records = await catalog.listByArtifact(artifact);
    if (records.length > 0) await catalog.remove(records.map(({ id }) => id));
  };
}

/** Happens at one moment, after one look. */
function atOnce(work: (scene: VerifyScene) => Promise<void>, artifact: Artifact): Deed {
  return async (scene, { fs }) => {
    await fs.stat(scene.paths[artifact]);
    await work(scene);
  };
}

/** Puts good bytes back, as somebody does who has them from a backup. */
function heal(artifact: Artifact): Deed {
  return atOnce(async ({ world, paths }) => {
    const there = await world.files.lstat(paths[artifact]);
    if (there?.kind === "file") await writeAtOnce(world, paths[artifact], TEXTS[artifact]);
  }, artifact);
}

/** What a process can do. */
export type DeedName =
  | "verifies"
  | "verifies, and puts aside"
  | "verifies two, and puts it aside"
  | "verifies with a budget"
  | "looks at sizes"
  | "ingests one"
  | "ingests two"
  | "ingests two by another key"
  | "replaces one"
  | "removes one"
  | "removes one, and ingests others by its name"
  | "removes two, and restores it"
  | "damages one"
  | "damages two"
  | "damages the copy"
  | "heals one"
  | "heals two"
  | "repairs"
  | "repairs two"
  | "collects"
  | "collects what was bad for a day";

/** Who reads no more than {@link BUDGET_BYTES}, or one blob. */
export const WITH_BUDGET = "verifies with a budget";

/** Less than two blobs have. */
export const BUDGET_BYTES = 20;

/** What processes do, by what is said about it. */
export const DEEDS: Readonly<Record<DeedName, Deed>> = {
  verifies: verify(),
  "verifies, and puts aside": verify({ quarantine: true }),
  "verifies two, and puts it aside": verify({ ids: ["two"], quarantine: true }),
  [WITH_BUDGET]: verify({ budget: { bytes: BUDGET_BYTES }, quarantine: true }),
  "looks at sizes": verify({ quick: true }),
  "ingests one": ingest(TEXTS.one, "one"),
  "ingests two": ingest(TEXTS.two, "two"),
  "ingests two by another key": ingest(TEXTS.two, "twice"),
  "replaces one": ingest(OTHER, "one", "replace"),
  "removes one": remove("one"),
  "removes one, and ingests others by its name": async (scene, process) => {
    await remove("one")(scene, process);
    await collect(process);
    await ingest(OTHER, "one")(scene, process);
  },
  "removes two, and restores it": async (scene, process) => {
    await remove("two")(scene, process);
    await process.catalog.restore(["two"], { apply: true });
  },
  "damages one": atOnce((scene) => rot(scene, "one"), "one"),
  "damages two": atOnce((scene) => rot(scene, "two"), "two"),
  "damages the copy": atOnce(rotSpare, "two"),
  "heals one": heal("one"),
  "heals two": heal("two"),
  repairs: repair(),
  "repairs two": repair({ ids: ["two"] }),
  collects: (_scene, process) => collect(process),
  "collects what was bad for a day": (_scene, process) => collect(process, { quarantineDays: 1 }),
};

/** All of them. */
export const DEED_NAMES = Object.keys(DEEDS) as readonly DeedName[];

/** Those that verify. */
export const VERIFYING: readonly DeedName[] = DEED_NAMES.filter((name) => name.startsWith("verifies"));
