import type { IngestMeta } from "../../../../src/catalog/ingest/ingest-request.ts";
import { encode } from "../../simulation/scene.ts";
import type { CatalogName, World } from "../../simulation/world.ts";

const DAY_MS = 86_400_000;

/** Rows that are there before: by name, what is said of each, and its bytes. Those of one artifact are copies of it. */
export const ROWS = {
  /** Two copies of one artifact, of two resolvers. */
  left: { artifact: "pair", resolver: "left", text: "bytes of left" },
  right: { artifact: "pair", resolver: "right", text: "bytes of right" },
  /** Two rows of one artifact that share one blob: one copy. */
  once: { artifact: "shared", resolver: "left", text: "shared bytes" },
  again: { artifact: "shared", resolver: "right", text: "shared bytes" },
  /** The one copy of an artifact. */
  single: { artifact: "single", resolver: "left", text: "bytes of one" },
} as const;

export type RowName = keyof typeof ROWS;

export const ROW_NAMES = Object.keys(ROWS) as readonly RowName[];

/** What other bytes a row gets, if any: as many. */
export function otherText(name: RowName): string {
  return [...ROWS[name].text].reverse().join("");
}

/** Where a manifest tells of all rows again, each with a file beside it that has their bytes, or others. */
export const MANIFESTS = { same: "/again/manifest.jsonl", others: "/others/manifest.jsonl" } as const;

/** What is there before, and what was said while it went on. */
export interface RetentionScene {
  readonly world: World;
  /** How many lines of the manifest with other bytes were passed over as removed before, by catalog. */
  readonly passedOver: Map<CatalogName, number>;
}

/** What is said about a row. */
export function metaOfRow(name: RowName): IngestMeta {
  const { artifact, resolver } = ROWS[name];
  return { artifactId: artifact, sourceUrl: `https://example.org/${artifact}`, resolver };
}

/** Makes what is there before: rows a year old, the later ones a day younger, in one catalog or two; and two manifests. */
export async function prepareRetentionScene(
  world: World,
  { isShared }: { readonly isShared: boolean },
): Promise<RetentionScene> {
  for (const of of isShared ? (["a", "b"] as const) : (["a"] as const)) {
    for (const [index, name] of ROW_NAMES.entries()) {
      const { catalog } = await world.outside(of, (index - 365) * DAY_MS);
      await catalog.ingest(encode(ROWS[name].text), metaOfRow(name));
      await catalog.close();
    }
  }
  await writeManifest(world, MANIFESTS.same, (name) => ROWS[name].text);
  await writeManifest(world, MANIFESTS.others, otherText);
  return { world, passedOver: new Map() };
}

async function writeManifest({ files }: World, path: string, textOf: (name: RowName) => string): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf("/"));
  const write = async (name: string, text: string): Promise<void> => {
    const handle = await files.open(`${folder}/${name}`, "create");
    await handle.write(encode(text));
    await handle.close();
  };
  await files.makeDirectory(folder);
  const lines = ROW_NAMES.map((name) => {
    const { artifactId, sourceUrl, resolver } = metaOfRow(name);
    return JSON.stringify({ artifact_id: artifactId, source_url: sourceUrl, resolver, path: `${folder}/${name}` });
  });
  for (const name of ROW_NAMES) await write(name, textOf(name));
  await write("manifest.jsonl", `${lines.join("\n")}\n`);
}
