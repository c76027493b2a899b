import type { PinTarget } from "../../../../src/catalog/pins/pin.ts";
import type { RetentionPolicy } from "../../../../src/core/retention/policy.ts";
import { isCatalogError } from "../../../../src/errors.ts";
import { collect } from "../../simulation/collector.ts";
import { encode, sha256Of } from "../../simulation/scene.ts";
import type { WorldProcess } from "../../simulation/world.ts";
import { MANIFESTS, metaOfRow, otherText, type RetentionScene, ROWS, type RowName } from "./scene.ts";

/** What a process does. It fails with `CONFLICT` or `NOT_FOUND` where others get in its way, and with nothing else. */
export type Deed = (scene: RetentionScene, process: WorldProcess) => Promise<void>;

const DAY_MS = 86_400_000;

/** Plans, and applies the plan at once. */
function drop(policy: RetentionPolicy): Deed {
  return async (_scene, { catalog }) => {
    await catalog.apply(await catalog.planRetention(policy, { allowAll: true }));
  };
}

/** Only what a rule keeps nobody, so that what remains is what has to. */
const OLD: RetentionPolicy = { olderThanMs: DAY_MS };

async function findId({ sql }: WorldProcess, name: RowName): Promise<number | undefined> {
  const { artifactId, resolver } = metaOfRow(name);
  const text = "SELECT id FROM documents WHERE artifact_id = ? AND resolver = ?";
  const [[id] = []] = await sql.query({ sql: text, parameters: [artifactId, resolver] });
  return id === undefined ? undefined : Number(id);
}

function pin(targetOf: (process: WorldProcess) => Promise<PinTarget | undefined>): Deed {
  return async (_scene, process) => {
    const target = await targetOf(process);
    if (target !== undefined) await process.catalog.pin(target, { reason: "it is to stay" });
  };
}

/** A refusal by a pin is an answer. */
async function unlessPinned(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isCatalogError(error, "REFUSED") && error.details.guard === "pinned") return;
    throw error;
  }
}

function remove(name: RowName): Deed {
  return async (_scene, process) => {
    const id = await findId(process, name);
    if (id !== undefined) await unlessPinned(() => process.catalog.remove([id]));
  };
}

function ingest(name: RowName, text: string): Deed {
  return (_scene, { catalog }) =>
    unlessPinned(() => catalog.ingest(encode(text), metaOfRow(name), { onChange: "replace" }));
}

function importAll(path: string): Deed {
  return async (scene, { catalog, of }) => {
    const { removedBefore } = await catalog.importManifest({ path }, { format: "jsonl", into: "copy" });
    if (path === MANIFESTS.others) scene.passedOver.set(of, (scene.passedOver.get(of) ?? 0) + removedBefore);
  };
}

/** What a process can do. */
export type DeedName =
  | "drops what is old"
  | "drops what is old of the left"
  | "drops what is old of the right"
  | "drops all but one of each"
  | "drops beyond one file"
  | "pins the pair"
  | "pins what is right"
  | "pins what is once"
  | "pins the bytes of what is single"
  | "pins the place of what is left"
  | "ends a pin"
  | "removes what is left"
  | "removes what is right"
  | "removes what is single"
  | "ingests what is left again"
  | "ingests others for what is right"
  | "imports all again"
  | "imports others for all"
  | "restores the pair"
  | "collects";

/** What processes do, by what is said about it. */
export const DEEDS: Readonly<Record<DeedName, Deed>> = {
  "drops what is old": drop(OLD),
  "drops what is old of the left": drop({ ...OLD, resolvers: ["left"] }),
  "drops what is old of the right": drop({ ...OLD, resolvers: ["right"] }),
  "drops all but one of each": drop({ keepLast: 1 }),
  "drops beyond one file": drop({ maxFiles: 1, minAgeMs: 0 }),
  "pins the pair": pin(async () => ({ artifact: "pair" })),
  "pins what is right": pin(async (process) => idTarget(await findId(process, "right"))),
  "pins what is once": pin(async (process) => idTarget(await findId(process, "once"))),
  "pins the bytes of what is single": pin(async () => ({ sha256: sha256Of(encode(ROWS.single.text)) as never })),
  "pins the place of what is left": pin(async ({ sql }) => {
    const text = "SELECT storage_uri FROM documents WHERE artifact_id = 'pair' AND resolver = 'left'";
    const [[uri] = []] = await sql.query({ sql: text });
    return uri === undefined ? undefined : { uri: String(uri) as never };
  }),
  "ends a pin": async (_scene, { catalog }) => {
    await catalog.unpin({ artifact: "pair" });
  },
  "removes what is left": remove("left"),
  "removes what is right": remove("right"),
  "removes what is single": remove("single"),
  "ingests what is left again": ingest("left", ROWS.left.text),
  "ingests others for what is right": ingest("right", otherText("right")),
  "imports all again": importAll(MANIFESTS.same),
  "imports others for all": importAll(MANIFESTS.others),
  "restores the pair": async (_scene, { catalog }) => {
    await catalog.restore(["pair"], { apply: true });
  },
  collects: (_scene, process) => collect(process),
};

function idTarget(id: number | undefined): PinTarget | undefined {
  return id === undefined ? undefined : { document: id };
}

/** All of them. */
export const DEED_NAMES = Object.keys(DEEDS) as readonly DeedName[];

/** Those that drop rows by a policy. */
export const DROPPING: readonly DeedName[] = DEED_NAMES.filter((name) => name.startsWith("drops"));
