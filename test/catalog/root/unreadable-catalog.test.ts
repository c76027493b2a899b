import { describe, expect, it } from "vitest";
import {
  beforeLeases,
  cannotBeRead,
  olderThanSeen,
  otherCatalogError,
} from "../../../src/catalog/root/unreadable-catalog.ts";

const OTHER = { id: "c0ffee", path: "/my catalogs/b.sqlite", sequence: 5 };

describe("a catalog of the root that cannot be asked", () => {
  it("has its path quoted in the command to run, where a shell would take it for several words", () => {
    expect(beforeLeases(OTHER, 1)).toEqual({
      ...{ id: "c0ffee", path: "/my catalogs/b.sqlite" },
      reason: '"/my catalogs/b.sqlite" has the schema 1, which has no leases',
      hint: 'Open it once with this version: catalog init --catalog "/my catalogs/b.sqlite"',
    });
    expect(olderThanSeen(OTHER, "3 of 5 commits").hint).toBe(
      'To go on with it as it is: catalog init --adopt --catalog "/my catalogs/b.sqlite"',
    );
    expect(olderThanSeen({ ...OTHER, path: "/b.sqlite" }, "3 of 5 commits").hint).toBe(
      "To go on with it as it is: catalog init --adopt --catalog /b.sqlite",
    );
  });

  it("is told of with whatever was thrown, be it no error", () => {
    const { message, hint, cause } = otherCatalogError("/docs", cannotBeRead(OTHER, "no disk"));
    expect(message).toBe(
      'Cannot collect "/docs": catalog c0ffee uses it too, and "/my catalogs/b.sqlite" cannot be read: no disk',
    );
    expect(hint).toBe(
      'Say where it is with --catalog-at c0ffee=PATH; if it is gone for good, run "catalog init --forget c0ffee".',
    );
    expect(cause).toBe("no disk");
  });
});
