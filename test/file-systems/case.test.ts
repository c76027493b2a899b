import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { openCatalog } from "../../src/hosts/node.ts";
import { describeWith } from "../components.ts";
import { type MountedDisk, mountDisk } from "./mounted-disk.ts";

/** Bytes with a name for people; what is not said is the same for all. */
interface Paper {
  readonly basename: string;
  readonly bytes?: string;
  readonly artifactId?: string;
  readonly resolver?: string;
}

let count = 0;

function metaOf({ basename, artifactId = "paper", resolver = "http" }: Paper) {
  count += 1;
  return { artifactId, sourceUrl: `https://example.org/${count}`, resolver, basename };
}

/** The paths under a root of all that is no folder and not the catalog's own, as they are listed. */
function listed(root: string): readonly string[] {
  const found = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return found
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length))
    .filter((path) => !path.startsWith("/."))
    .sort();
}

function pathOf({ record }: { readonly record: { readonly storageUri: string } }): string {
  return decodeURI(new URL(record.storageUri).pathname);
}

for (const kind of ["exfat", "ntfs"] as const) {
  describeWith(kind, `names that differ in case only, on ${kind}`, () => {
    let disk: MountedDisk;

    beforeAll(async () => {
      disk = await mountDisk(kind);
    });

    afterAll(() => disk.remove());

    /** Runs `work` with a catalog of its own, and checks that its rows name files as they are listed, each of them. */
    async function withCatalog(
      name: string,
      work: (catalog: Catalog, root: string) => Promise<void>,
      layout: "cas" | "policy_path" = "policy_path",
    ): Promise<void> {
      const folder = join(disk.path, name);
      const root = join(folder, "root");
      const catalog = await openCatalog({
        catalog: { path: join(folder, "catalog.sqlite") },
        storage: { rootDir: root, layout },
      });
      try {
        await work(catalog, root);
        const named = new Set<string>();
        for await (const record of catalog.search()) named.add(pathOf({ record }).slice(root.length));
        expect([...named].sort()).toEqual(listed(root));
      } finally {
        await catalog.close();
      }
    }

    function ingest(catalog: Catalog, paper: Paper) {
      return catalog.ingest(new TextEncoder().encode(paper.bytes ?? "same bytes"), metaOf(paper));
    }

    it("are one name for the same bytes, which their rows call the same", async () => {
      await withCatalog("same", async (catalog) => {
        const first = await ingest(catalog, { basename: "Paper.pdf" });
        const second = await ingest(catalog, { basename: "paper.PDF" });
        expect(first).toMatchObject({ placement: "stored" });
        expect(second).toMatchObject({ placement: "dedup" });
        expect(second.record.storageUri).toBe(first.record.storageUri);
      });
    });

    it("keep other bytes apart", async () => {
      await withCatalog("other", async (catalog) => {
        const papers = ["Paper.pdf", "paper.pdf", "PAPER.pdf"];
        const results = [];
        for (const basename of papers) results.push(await ingest(catalog, { basename, bytes: `bytes of ${basename}` }));
        expect(results.map(({ placement }) => placement)).toEqual(["stored", "stored", "stored"]);
        for (const [index, result] of results.entries()) {
          expect(readFileSync(pathOf(result), "utf8")).toBe(`bytes of ${papers[index]}`);
        }
      });
    });

    it("are one folder, whoever made it", async () => {
      await withCatalog("folders", async (catalog, root) => {
        await mkdir(join(root, "Http"), { recursive: true });
        await ingest(catalog, { basename: "a.pdf", bytes: "a" });
        await ingest(catalog, { basename: "b.pdf", bytes: "b", resolver: "HTTP" });
        await ingest(catalog, { basename: "c.pdf", bytes: "c", artifactId: "Paper" });
        await ingest(catalog, { basename: "d.pdf", bytes: "d", artifactId: "Übersicht", resolver: "Hand" });
        await ingest(catalog, { basename: "e.pdf", bytes: "e", artifactId: "übersicht", resolver: "hand" });
        expect(readdirSync(root).filter((name) => !name.startsWith("."))).toHaveLength(2);
      });
    });

    it("stay apart, or one, when many come at once", async () => {
      await withCatalog("at-once", async (catalog) => {
        const papers = Array.from({ length: 24 }, (_, index) => ({
          basename: index % 2 === 0 ? `Paper${index >> 3}.pdf` : `paper${index >> 3}.PDF`,
          artifactId: index % 4 < 2 ? "Some" : "some",
          bytes: `bytes ${index % 3}`,
        }));
        const results = await Promise.all(papers.map((paper) => ingest(catalog, paper)));
        for (const [index, result] of results.entries()) {
          expect(await readFile(pathOf(result), "utf8")).toBe(papers[index]?.bytes);
        }
      });
    });

    it("do not lose a blob that is given in once more, to be moved, by another name of itself", async () => {
      await withCatalog("moved", async (catalog, root) => {
        const first = await ingest(catalog, { basename: "Paper.pdf" });
        const again = join(root, "HTTP", "PAPER", "paper.PDF");
        const second = await catalog.finalize(again, metaOf({ basename: "PAPER.pdf" }), { transfer: "move" });
        const third = await catalog.finalize(again, metaOf({ basename: "else.pdf" }), { transfer: "move" });
        expect(second.record.storageUri).toBe(first.record.storageUri);
        for (const each of [first, second, third]) expect(readFileSync(pathOf(each), "utf8")).toBe("same bytes");
      });
    });

    it("are registered in place under the root as they are listed", async () => {
      await withCatalog("in-place", async (catalog, root) => {
        await mkdir(join(root, "Mine"), { recursive: true });
        await writeFile(join(root, "Mine", "Paper.pdf"), "mine");
        const { failed } = await catalog.add([{ path: join(root, "mine", "PAPER.pdf") }], { into: "none" });
        expect(failed).toBe(0);
      });
    });

    it("of a root are one, however it was given", async () => {
      const uris: string[] = [];
      await mkdir(join(disk.path, "Given"));
      for (const name of ["Given", "GIVEN"]) {
        await withCatalog(name, async (catalog) => {
          uris.push((await ingest(catalog, { basename: "paper.pdf" })).record.storageUri);
          expect((await ingest(catalog, { basename: `${name}.txt`, bytes: name })).placement).toBe("stored");
        });
      }
      expect(uris[1]).toBe(uris[0]);
    });

    it("of the folder cas are one", async () => {
      const work = async (catalog: Catalog, root: string): Promise<void> => {
        await mkdir(join(root, "CAS", "Sha256"), { recursive: true });
        await ingest(catalog, { basename: "a.pdf" });
        expect(await ingest(catalog, { basename: "b.pdf" })).toMatchObject({ placement: "dedup" });
      };
      await withCatalog("cas", work, "cas");
    });
  });
}
