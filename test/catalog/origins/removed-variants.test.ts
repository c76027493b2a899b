import { describe, expect, it } from "vitest";
import { remove } from "../../../src/catalog/remove/remove.ts";
import { openWorld } from "../ingest/_ingest-world.ts";
import { engineOf } from "../leases/_lease-world.ts";
import { hashOf, type OriginWorld, openOriginWorld } from "./_origin-world.ts";

const TEXT = "hello\n";
const HTML = "<p>hello</p>\n";
const OTHER = "<p>others</p>\n";

const LAYOUTS = [{ layout: "cas" }, { layout: "policy_path" }] as const;

/** What is on record about what went, with what `restore` will need. */
async function lines(world: OriginWorld): Promise<readonly unknown[]> {
  return world.query("SELECT verb, variant, content_type, uri, sha256, bytes, origin FROM removals ORDER BY id");
}

/** A document and its rendering, imported; manifests do not say the type of renderings. */
async function importBoth(world: OriginWorld, folder: string, into?: "copy"): Promise<void> {
  await world.write(`${folder}/a`, TEXT);
  await world.write(`${folder}/a.html`, HTML);
  await world.runImport(`${folder}/a`, { html_paths: [`${folder}/a.html`], ...(into && { into }) });
  await world.run({ sql: "UPDATE variants SET content_type = 'text/html'" });
}

describe.each(LAYOUTS)("variants, %o", (storage) => {
  it("that go with their document are recorded each with name, type and origin", async () => {
    const world = await openOriginWorld(storage);
    await importBoth(world, "/in", "copy");
    const { id, storageUri, createdAt } = await world.row();
    const [html] = await world.catalog.listVariants(id);
    const text = { variant: "text", storageUri: "s3://bucket/a.txt", bytes: 4, contentType: "text/plain" };
    await world.catalog.addVariant(id, { ...text, createdAt: "2025-02-03T04:05:06.789Z" });
    await world.write("/root/own/a.json", "{}");
    await world.catalog.addVariant(id, { variant: "json", storageUri: "file:///root/own/a.json", bytes: 2 });
    expect(await world.catalog.remove([id], { reason: "wrong" })).toMatchObject([{ id, variants: 3 }]);
    expect(await lines(world)).toEqual([
      ["remove", null, "text/plain", storageUri, await hashOf(TEXT), TEXT.length, "placed"],
      ["remove", "html", "text/html", html?.storageUri, await hashOf(HTML), HTML.length, "placed"],
      ["remove", "text", "text/plain", "s3://bucket/a.txt", null, 4, "registered"],
      ["remove", "json", null, "file:///root/own/a.json", null, 2, "registered"],
    ]);
    const times = await world.query("SELECT created_at, record FROM removals ORDER BY id");
    expect(times.map(([time]) => time).slice(0, 3)).toEqual([createdAt, html?.createdAt, "2025-02-03T04:05:06.789Z"]);
    expect(new Set(times.map(([, record]) => JSON.parse(String(record)).id))).toEqual(new Set([id]));
    await world.catalog.close();
  });

  it("that an import registered where they lie are in place in the root, and registered elsewhere", async () => {
    for (const folder of ["/root/own", "/in"]) {
      const world = await openOriginWorld(storage);
      await importBoth(world, folder);
      await world.catalog.remove([1]);
      const origin = folder === "/in" ? "registered" : "in_place";
      expect(await lines(world)).toEqual([
        ["remove", null, "text/plain", `file://${folder}/a`, await hashOf(TEXT), TEXT.length, origin],
        ["remove", "html", "text/html", `file://${folder}/a.html`, await hashOf(HTML), HTML.length, origin],
      ]);
      await world.catalog.close();
    }
  });

  it("that take other bytes say whose those before were, with copy", async () => {
    const world = await openOriginWorld(storage);
    await importBoth(world, "/in", "copy");
    const [html] = await world.catalog.listVariants(1);
    await world.write("/in/a.html", OTHER);
    const summary = await world.catalog.add([{ path: "/in/a.html" }], { into: "copy", onChange: "replace" });
    expect(summary).toMatchObject({ files: 1, documents: 0 });
    expect((await world.catalog.listVariants(1))[0]).toMatchObject({ variant: "html", sha256: await hashOf(OTHER) });
    expect(await lines(world)).toEqual([
      ["replace", "html", "text/html", html?.storageUri, await hashOf(HTML), HTML.length, "placed"],
    ]);
    await world.catalog.close();
  });

  it("that take other bytes where they lie say so", async () => {
    const world = await openOriginWorld(storage);
    await importBoth(world, "/root/own");
    await world.write("/root/own/a.html", OTHER);
    await world.catalog.add([{ path: "/root/own/a.html" }], { into: "none", onChange: "replace" });
    expect(await lines(world)).toEqual([
      ["replace", "html", "text/html", "file:///root/own/a.html", await hashOf(HTML), HTML.length, "in_place"],
    ]);
    await world.catalog.close();
  });

  it("that were filed as a change are placed as their document is", async () => {
    const world = await openOriginWorld(storage);
    const uri = await world.ingest(TEXT);
    const changed = await world.ingest(OTHER, "variant");
    expect(changed).not.toBe(uri);
    await world.catalog.remove([1]);
    const name = `changed-${(await hashOf(OTHER)).slice(0, 16)}`;
    const got = (await lines(world)) as readonly (readonly unknown[])[];
    expect(got.map(([, variant, , at, , , origin]) => [variant, at, origin])).toEqual([
      [null, uri, "placed"],
      [name, changed, "placed"],
    ]);
    await world.catalog.close();
  });
});

it("a document that got a variant since it was looked at stays, and nothing is recorded", async () => {
  const world = await openWorld();
  const { record } = await world.ingest("hello");
  const sql = engineOf(world);
  const variant = { storageUri: "s3://bucket/late", bytes: 1 };
  await world.catalog.addVariant(record.id, { variant: "early", ...variant });
  let times = 0;
  const late = {
    query: sql.query.bind(sql),
    batch: async (...given: Parameters<typeof sql.batch>) => {
      if (times++ === 0) await world.catalog.addVariant(record.id, { variant: "late", ...variant });
      return sql.batch(...given);
    },
  };
  const context = { ...world.context, sql: { ...sql, ...late } };
  await expect(remove(context, [record.id], {})).rejects.toMatchObject({ code: "CONFLICT" });
  expect(await world.catalog.stats()).toMatchObject({ documents: 1, variants: 2, removals: 0 });
  expect(await remove(context, [record.id], {})).toMatchObject([{ id: record.id, variants: 2 }]);
  expect(await world.catalog.stats()).toMatchObject({ documents: 0, variants: 0, removals: 3 });
});
