import { describe, expect, it } from "vitest";
import {
  chooseShares,
  isOneKind,
  isWritableByOthers,
  type StoredFile,
} from "../../../src/catalog/dedup/choose-shares.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import type { BlobStat } from "../../../src/ports/blob-store.ts";

const STAT: BlobStat = { sizeBytes: 5, modifiedMs: 1, identity: "", mode: 0o644, owner: { userId: 1, groupId: 1 } };

function file(names: string, stat: Partial<BlobStat> = {}, isPlaced = true): StoredFile {
  const all = names.split(" ").map((name) => ({ key: parseBlobKey(name), uri: name as StorageUri, isPlaced }));
  const [first] = all;
  if (first === undefined) throw new TypeError("it has no name");
  return { stat: { ...STAT, identity: names, links: all.length, ...stat }, first, names: all };
}

function choose(files: readonly StoredFile[], mayClone = false): readonly [readonly string[], number] {
  const { shares, apart } = chooseShares(files, { mayClone });
  return [shares.map(({ name, from }) => `${name.key} < ${from.key}`), apart];
}

describe("of files with the same bytes", () => {
  it("all names get the bytes of the one with most names, wherever these are", () => {
    expect(choose([file("a"), file("b c"), file("d")])).toEqual([["a < b", "d < b"], 0]);
    expect(choose([file("a"), file("b", { links: 3 })])).toEqual([["a < b"], 0]);
    expect(choose([file("b", { links: 2 }), file("a c"), file("d")])).toEqual([["b < a", "d < a"], 0]);
    expect(choose([file("b", { links: undefined }), file("a", { links: undefined })])).toEqual([["b < a"], 0]);
    expect(choose([file("a b")])).toEqual([[], 0]);
    expect(choose([])).toEqual([[], 0]);
  });

  it("those of one owner and mode become one", () => {
    const [other, readOnly] = [{ owner: { userId: 2, groupId: 1 } }, { mode: 0o444 }];
    const files = [file("a"), file("b", other), file("c", readOnly), file("d", other), file("e", readOnly), file("f")];
    expect(choose(files)).toEqual([["d < b", "e < c", "f < a"], 2]);
    expect(choose([file("a", { owner: undefined }), file("b", { owner: undefined })])).toEqual([["b < a"], 0]);
    expect(isOneKind({ ...STAT, owner: { userId: 1, groupId: 2 } }, STAT)).toBe(false);
    expect(isOneKind(STAT, { ...STAT, modifiedMs: 2 })).toBe(true);
  });

  it("what was not put there by the catalog is cloned at most, and only where it has one name", () => {
    const files = [file("a"), file("b", {}, false), file("c d", {}, false)];
    expect(choose(files)).toEqual([[], 2]);
    expect(choose(files, true)).toEqual([["a < c", "b < c"], 0]);
    expect(choose([file("a b c"), file("d e", {}, false)], true)).toEqual([[], 2]);
  });

  it("no file gets more names than a device gives it", () => {
    const files = [file("a", { links: 59_999 }), file("b", { links: 2 }), file("c"), file("d")];
    expect(choose(files)).toEqual([["b < a", "d < c"], 0]);
  });

  it("those may be written to by others whose group or anybody may", () => {
    expect([0o644, 0o600, 0o664, 0o646].map((mode) => isWritableByOthers({ ...STAT, mode }))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(isWritableByOthers({ ...STAT, mode: undefined })).toBe(false);
  });
});
