import type { VerifiedBlob } from "../../../../src/catalog/verify/verify-options.ts";
import { findPathOfUri } from "../../../../src/core/storage-uri.ts";
import { encode, metaOf } from "../../simulation/scene.ts";
import { ROOT, type World } from "../../simulation/world.ts";

/** Documents of the first catalog by artifact id, and their bytes. */
export const TEXTS = {
  one: "bytes of one",
  two: "bytes of two",
  /** Nobody does anything to it but verify. */
  still: "bytes that stay",
} as const;

export type Artifact = keyof typeof TEXTS;

/** What some bytes are replaced by on purpose. */
export const OTHER = "other bytes of one";

/** Where a copy of `two` lies that has a row of its own, outside of the root. */
export const SPARE = "/downloads/spare";

/** What is there before, and what was said and done while it went on. */
export interface VerifyScene {
  readonly world: World;
  /** Where the bytes of documents are. */
  readonly paths: Readonly<Record<Artifact, string>>;
  /** What was written over bytes, each another text, and where. */
  readonly rotten: Map<string, string>;
  /** Results that somebody was told, with the run that told them. */
  readonly told: { readonly run: string; readonly blob: VerifiedBlob }[];
}

/** Makes what is there before: documents in one catalog or two, a copy, and a blob that is damaged already. */
export async function prepareVerifyScene(
  world: World,
  { isShared }: { readonly isShared: boolean },
): Promise<VerifyScene> {
  const paths: Record<string, string> = {};
  const { catalog } = await world.outside("a");
  for (const [artifact, text] of Object.entries(TEXTS)) {
    const { record } = await catalog.ingest(encode(text), metaOf(artifact));
    paths[artifact] = findPathOfUri(record.storageUri) ?? "";
  }
  await world.files.makeDirectory("/downloads");
  await writeAtOnce(world, SPARE, TEXTS.two);
  await catalog.add([{ path: SPARE }], { into: "none" });
  await catalog.close();
  if (isShared) {
    const theirs = await world.outside("b");
    await theirs.catalog.ingest(encode(TEXTS.one), metaOf("one"));
    await theirs.catalog.close();
  }
  const scene = { world, paths, rotten: new Map<string, string>(), told: [] };
  await rot(scene as unknown as VerifyScene, "two");
  return scene as unknown as VerifyScene;
}

/** Puts bytes under a name at one moment, over what is there. */
export async function writeAtOnce({ files }: World, path: string, text: string): Promise<void> {
  const staged = `/written ${path.slice(1).replaceAll("/", " ")}`;
  const handle = await files.open(staged, "create");
  await handle.write(encode(text));
  await handle.close();
  await files.rename(staged, path);
}

/** Damages the bytes of a document, if there are any: as many as before, but others. */
export async function rot({ world, paths, rotten }: VerifyScene, artifact: Artifact): Promise<void> {
  const path = paths[artifact];
  const stat = await world.files.lstat(path);
  if (stat?.kind !== "file") return;
  const text = `rot ${rotten.size} `.padEnd(TEXTS[artifact].length, "x");
  rotten.set(text, path);
  await writeAtOnce(world, path, text);
}

/** What the bytes of the copy begin with when they are damaged. */
export const ROTTEN_SPARE = "rot copy";

/** Damages the copy, which nobody mends: it lies outside of the root. */
export async function rotSpare({ world, rotten }: VerifyScene): Promise<void> {
  const text = ROTTEN_SPARE.padEnd(TEXTS.two.length, "y");
  rotten.set(text, SPARE);
  await writeAtOnce(world, SPARE, text);
}

/** What lies in the quarantine: the text of each blob. */
export async function quarantined({ files }: World): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const [path, text] of await textsBelow(files, `${ROOT}/.quarantine`)) {
    if (!path.endsWith("/evidence.json")) texts.push(text);
  }
  return texts;
}

/** Every file below a folder with its text; nothing where there is no folder. */
export async function textsBelow(files: World["files"], folder: string): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  if ((await files.stat(folder))?.kind !== "directory") return texts;
  for await (const page of files.list(folder)) {
    for (const { name, kind } of page) {
      const path = `${folder}/${name}`;
      if (kind === "directory") for (const [at, text] of await textsBelow(files, path)) texts.set(at, text);
      if (kind === "file") texts.set(path, new TextDecoder().decode(await files.readFile(path)));
    }
  }
  return texts;
}
