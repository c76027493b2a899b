import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { CanonicalNames } from "../../../src/catalog/files/canonical-name.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import type { BlobStore } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { overrideCalls, posixError } from "../../adapters/sql/oplog/_engine-world.ts";

let folder = "";
let fs: FileSystem;
let store: BlobStore;
let calls: string[];

/** Notes which paths are looked at. */
function watched(inner: FileSystem): FileSystem {
  return new Proxy(inner, {
    get: (target, key) => {
      const found: unknown = Reflect.get(target, key);
      if (typeof found !== "function") return found;
      return (...words: unknown[]) => {
        calls.push(`${String(key)} ${String(words[0])}`);
        return Reflect.apply(found, target, words);
      };
    },
  });
}

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "content-catalog-names-")));
  for (const name of ["root/sub", "real/deep", "elsewhere"]) mkdirSync(join(folder, name), { recursive: true });
  for (const name of ["root/sub/f.pdf", "real/f.pdf", "real/deep/g.pdf"]) writeFileSync(join(folder, name), "x");
  symlinkSync(join(folder, "real"), join(folder, "link"));
  symlinkSync(join(folder, "root"), join(folder, "root-link"));
  symlinkSync(join(folder, "real/f.pdf"), join(folder, "elsewhere/to-f.pdf"));
  symlinkSync(join(folder, "nowhere"), join(folder, "elsewhere/dangling"));
  calls = [];
  fs = watched(createNodeFileSystem());
  store = await openFileBlobStore({ fs, entropy: webCryptoEntropy, rootDir: join(folder, "root") });
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function uri(path: string): StorageUri {
  return `file://${folder}/${path}` as StorageUri;
}

describe("CanonicalNames", () => {
  it.each([
    "root/sub/f.pdf",
    "root/sub/%66.pdf",
    "root//sub/./f.pdf",
    "root/x/../sub/f.pdf",
    "root-link/sub/f.pdf",
    "elsewhere/../root-link/sub/f.pdf",
  ])("takes %s for the blob that the store calls by its key", async (text) => {
    const place = await new CanonicalNames({ fs, store }).locate(uri(text));
    expect(place).toEqual({ uri: uri("root/sub/f.pdf"), key: "sub/f.pdf", path: join(folder, "root/sub/f.pdf") });
  });

  it.each(["real/f.pdf", "link/f.pdf", "link/deep/../f.pdf", "link/%66.pdf", "link/deep/../../real/f.pdf"])(
    "takes %s for the file at its real path",
    async (text) => {
      const place = await new CanonicalNames({ fs, store }).locate(uri(text));
      expect(place).toEqual({ uri: uri("real/f.pdf"), key: undefined, path: join(folder, "real/f.pdf") });
    },
  );

  it("follows a last name that is a symlink where that is asked for, and never one that leads nowhere", async () => {
    const names = new CanonicalNames({ fs, store });
    expect((await names.locate(uri("elsewhere/to-f.pdf"))).uri).toBe(uri("elsewhere/to-f.pdf"));
    expect((await names.locate(uri("elsewhere/to-f.pdf"), { follow: true })).uri).toBe(uri("real/f.pdf"));
    expect((await names.locate(uri("elsewhere/dangling"), { follow: true })).uri).toBe(uri("elsewhere/dangling"));
  });

  it("resolves the folder of what is not there as far as it exists", async () => {
    const names = new CanonicalNames({ fs, store });
    expect((await names.locate(uri("link/new/deeper/f.pdf"))).uri).toBe(uri("real/new/deeper/f.pdf"));
    expect((await names.locate(uri("real/f.pdf/below"))).uri).toBe(uri("real/f.pdf/below"));
    expect((await names.locate("file:///" as StorageUri)).uri).toBe("file:///");
  });

  it("resolves each folder once, and looks at nothing for what the store wrote", async () => {
    const names = new CanonicalNames({ fs, store });
    for (const name of ["f.pdf", "g.pdf", "h.pdf"]) await names.locate(uri(`link/deep/${name}`));
    expect(calls.filter((call) => call.startsWith("realPath"))).toHaveLength(2);
    calls = [];
    expect(names.keyAtOnce(uri("root/sub/f.pdf"))).toBe("sub/f.pdf");
    expect(names.keyAtOnce(uri("root/sub//f.pdf"))).toBeUndefined();
    expect(names.keyAtOnce(uri("root/"))).toBeUndefined();
    expect(names.keyAtOnce(uri("real/f.pdf"))).toBeUndefined();
    expect(calls).toEqual([]);
  });

  it("learns folders, and then tells the URIs of their files at once", async () => {
    const names = new CanonicalNames({ fs, store });
    const paths = ["link/a b.pdf", "link/c.pdf", "root-link/sub/f.pdf", "root/sub/f.pdf"].map((each) =>
      join(folder, each),
    );
    for (const path of paths) await names.learn(path);
    calls = [];
    const told = paths.map((path) => names.uriOf(path));
    expect(told).toEqual([uri("real/a%20b.pdf"), uri("real/c.pdf"), uri("root/sub/f.pdf"), uri("root/sub/f.pdf")]);
    expect(names.uriOf("/never/learnt")).toBe("file:///never/learnt");
    expect(calls).toEqual([]);
  });

  it("takes files by their real path without a store, and leaves other URIs alone", async () => {
    const names = new CanonicalNames({ fs });
    expect(names.keyAtOnce(uri("root/sub/f.pdf"))).toBeUndefined();
    expect((await names.locate(uri("root-link/sub/f.pdf"))).uri).toBe(uri("root/sub/f.pdf"));
    for (const text of ["s3://bucket/a//%66", "https://example.org/a/../b", "file://server/a", "file:a"]) {
      expect(await names.locate(text as StorageUri)).toEqual({ uri: text, key: undefined, path: undefined });
    }
  });

  it("knows the root in another case where that is the same folder", async () => {
    const inner = createMemoryFileSystem();
    const made = ["/Data", "/Data/Docs", "/Data/Docs/.staging", "/Data/Docs/Sub", "/Data/Docs/Sub/F"];
    for (const path of made) await inner.makeDirectory(path);
    const ignoringCase = new Proxy(inner, {
      get: (target, key) => {
        const found: unknown = Reflect.get(target, key);
        if (typeof found !== "function") return found;
        return (path: string, ...words: unknown[]) => {
          const listed = made.find((each) => each.toLowerCase() === path.toLowerCase()) ?? path;
          // As Linux does it.
          if (key === "realPath") return target.realPath(listed).then(() => path);
          return Reflect.apply(found, target, [listed, ...words]);
        };
      },
    });
    const other = await openFileBlobStore({ fs: ignoringCase, entropy: webCryptoEntropy, rootDir: "/Data/Docs" });
    const names = new CanonicalNames({ fs: ignoringCase, store: other });
    for (const text of ["file:///Data/Docs/sub/f", "file:///data/DOCS/SUB/f", "file:///DATA/docs/SUB/F"]) {
      expect((await names.locate(text as StorageUri)).uri, text).toBe("file:///Data/Docs/Sub/F");
    }
    const apart = new CanonicalNames({ fs: inner, store: other });
    expect((await apart.locate("file:///data/DOCS/SUB/f" as StorageUri)).uri).toBe("file:///data/DOCS/SUB/f");
  });

  it("follows no folder that is missing", async () => {
    const names = new CanonicalNames({ fs });
    calls = [];
    expect((await names.locate(uri("real/no/such/f.pdf"))).uri).toBe(uri("real/no/such/f.pdf"));
    expect(calls).toEqual([
      `stat ${folder}/real/no/such`,
      `stat ${folder}/real/no`,
      `stat ${folder}/real`,
      `realPath ${folder}/real`,
    ]);
    expect((await names.locate(uri("link/f.pdf"))).uri).toBe(uri("real/f.pdf"));
    expect(calls.slice(4)).toEqual([`realPath ${folder}/link`]);
  });

  it("takes a folder by its name that cannot be followed, unless the whole is in trouble", async () => {
    const inner = createMemoryFileSystem();
    const failing = (code: string): FileSystem =>
      overrideCalls(inner, {
        realPath: (path) => (path === "/a" ? Promise.reject(posixError(code)) : Promise.resolve(path)),
        lstat: () => Promise.reject(posixError(code)),
      });
    const careful = new CanonicalNames({ fs: failing("EACCES") });
    expect((await careful.locatePath("/a/f", { follow: true })).uri).toBe("file:///a/f");
    const names = new CanonicalNames({ fs: failing("EMFILE") });
    for (const path of ["/a/f", "/f"]) {
      await expect(names.locatePath(path, { follow: true }), path).rejects.toMatchObject({ code: "BACKEND" });
    }
  });
});
