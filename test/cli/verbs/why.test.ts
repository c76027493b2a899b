import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Incident } from "../../../src/catalog/ledger/history/incident.ts";
import type { LedgerEntry } from "../../../src/catalog/ledger/ledger-entry.ts";
import type { Explanation, PlaceExplanation } from "../../../src/catalog/why/explanation.ts";
import { placeItem, removalItem } from "../../../src/cli/verbs/why/items.ts";
import { tellStory } from "../../../src/cli/verbs/why/story.ts";
import { nextCommand } from "../../../src/cli/verbs/why/view.ts";
import type { DocumentRecord, VariantRecord } from "../../../src/core/document.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import { parseTimestamp } from "../../../src/core/timestamp.ts";
import { writeFiles } from "../filled-catalog.ts";
import { makeFolder, type RunResult, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeEach(async () => {
  folder = await makeFolder();
  await writeFiles(folder.path, { "in/a.txt": "the bytes\n" });
  await cli("init");
  await cli("add", "in/a.txt", "--artifact-id", "doi:10.1/a");
});

afterEach(() => folder.remove());

function cli(...argv: string[]): Promise<RunResult> {
  return runCli(folder.path, argv);
}

async function pathOfBlob(): Promise<string> {
  const { lines } = await cli("show", "1", "--json");
  return new URL(String(lines[0]?.["storage_uri"])).pathname;
}

describe("why", () => {
  it("tells what keeps a file, by every word for it", async () => {
    const path = await pathOfBlob();
    for (const word of ["1", "doi:10.1/a", "in/a.txt", `.${path.slice(folder.path.length)}`, path]) {
      const { stdout, exitCode } = await cli("why", word);
      expect(exitCode).toBe(0);
      expect(stdout).toBe(
        `${path}: stored, 10 B\n  kept by document 1, doi:10.1/a\n  never verified\nNext: catalog show 1\n`,
      );
    }
  });

  it("tells when a row went, by which operation, and when its bytes go", async () => {
    const path = await pathOfBlob();
    const { lines } = await cli("remove", "1", "--reason", "withdrawn", "--json");
    const operation = String(lines.at(-1)?.["operation_id"]);
    const { stdout } = await cli("why", "doi:10.1/a", "--set", "catalog.orphan_ttl_days=3");
    const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ`;
    expect(stdout.replaceAll(path, "PATH")).toMatch(
      new RegExp(
        [
          "^PATH: stored, 10 B",
          `  unreferenced since ${time}; may be collected from ${time} on`,
          `  ${time}  document 1, doi:10.1/a: removed, withdrawn; operation ${operation}`,
          "",
          "Removed on purpose, so imports and added folders pass over it:",
          `  ${time}  doi:10.1/a, 10 B, hash .{8}: by remove, withdrawn; to bring it back: catalog restore --plan ${operation} --apply, or import or add it again with --bring-back`,
          "Next: catalog restore doi:10.1/a\n$",
        ].join("\n"),
      ),
    );
    expect((await cli("why", "1", "--set", "catalog.orphan_ttl_days=0")).stdout).toContain(
      '; the next "catalog gc --apply" takes it\n',
    );
  });

  it("gives programs rows, places and what happened, one a line", async () => {
    const { lines } = await cli("why", "1", "--json");
    expect(lines.map(({ type }) => type)).toEqual(["record", "place", "summary"]);
    expect(lines[1]).toMatchObject({ bytes_at: "stored", bytes: 10, documents: [1], orphan: null });
    await cli("remove", "1");
    const gone = await cli("why", "1", "--json");
    expect(gone.lines.map(({ type }) => type)).toEqual(["place", "removal", "tombstone", "summary"]);
    expect(gone.lines[1]).toMatchObject({
      verb: "remove",
      document_id: 1,
      artifact_id: "doi:10.1/a",
      origin: "placed",
    });
    expect(gone.lines[3]).toMatchObject({ known: true, removals: 1, tombstones: 1, places: 1, findings: 0 });
  });

  it("says so where nobody ever knew it, and writes nothing", async () => {
    const before = await stat(join(folder.path, "state/catalog.sqlite"));
    const { exitCode, stdout, lines } = await cli("why", "https://me:pw@example.org/");
    expect({ exitCode, lines }).toEqual({ exitCode: 1, lines: [] });
    expect(stdout).toBe(
      'No catalog of the root knows "https://example.org/", or ever did.\nNext: catalog search --text TEXT\n',
    );
    await writeFiles(folder.path, { "data/docs/x.txt": "x" });
    const unknown = await cli("why", "data/docs/x.txt");
    expect(unknown.exitCode).toBe(1);
    expect(unknown.stdout).toContain("x.txt: stored, 1 B\n  nothing refers to it, and nobody can show");
    expect((await stat(join(folder.path, "state/catalog.sqlite"))).mtimeMs).toBe(before.mtimeMs);
    expect(await cli("why", "")).toMatchObject({ exitCode: 2, stdout: "" });
  });

  it("reports a catalog of the root that cannot be asked", async () => {
    await writeFiles(folder.path, { "in/b.txt": "other bytes\n" });
    await cli("add", "in/b.txt", "--catalog", "b.sqlite", "--root", "data/docs");
    const kept = await cli(
      "why",
      String((await cli("show", "1", "--catalog", "b.sqlite", "--json")).lines[0]?.["storage_uri"]),
    );
    expect(kept.stdout).toContain(`  kept by catalog ${join(folder.path, "b.sqlite")}: 1 document and 0 variants\n`);
    expect(kept.stdout).toContain("\nNext: catalog search\n");
    await rm(join(folder.path, "b.sqlite"));
    const { exitCode, stderr } = await cli("why", "1");
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`unreadable catalog: What catalog `);
  });
});

const TIME = parseTimestamp("2026-01-02T03:04:05Z");
const URI = "file:///docs/x" as StorageUri;
const PLACE: PlaceExplanation = {
  ...{
    uri: URI,
    path: "/docs/x",
    bytesAt: "missing",
    bytes: null,
    documents: [],
    variants: [],
    leases: [],
    pins: [],
    keptBy: [],
  },
  ...{ verified: null, incidents: [], trash: [], orphan: null },
};
const NOTHING: Explanation = {
  ...{
    target: "x",
    isKnown: true,
    documents: [],
    variants: [],
    places: [],
    pins: [],
    removals: [],
    tombstones: [],
    unreadable: [],
  },
};
const REMOVAL = {
  ...{ id: 1, uri: URI, sha256: null, bytes: null, removedAt: TIME, plan: null, reason: null, record: null },
  ...{ variant: null, contentType: null, createdAt: null, origin: null, catalogId: null, place: URI },
};

function storyOf(place: Partial<PlaceExplanation>): readonly string[] {
  return tellStory({ ...NOTHING, places: [{ ...PLACE, ...place }] }, Date.parse(TIME)).slice(1);
}

describe("the story of a place", () => {
  it("tells each pin, those of other catalogs, and those on bytes that are nowhere", () => {
    const pin = {
      kind: "uri",
      target: URI,
      reason: "cited",
      pinnedAt: TIME,
      expiresAt: null,
      catalogId: null,
    } as const;
    const other = { ...pin, kind: "sha256", target: "ab", expiresAt: TIME, catalogId: "id" } as const;
    expect(storyOf({ pins: [pin, other] })).toEqual([
      '  pinned since 2026-01-02 03:04:05Z, by the pin on "file:///docs/x" ("cited")',
      '  pinned in catalog id since 2026-01-02 03:04:05Z, by the pin on SHA-256 ab ("cited", until 2026-01-02 03:04:05Z)',
    ]);
    const nowhere = { ...pin, kind: "sha256", target: "cd" } as const;
    const line = 'pinned since 2026-01-02 03:04:05Z, by the pin on SHA-256 cd ("cited")';
    expect(tellStory({ ...NOTHING, pins: [nowhere] }, 0)).toEqual([line]);
    const place = { ...PLACE, pins: [pin] };
    expect(tellStory({ ...NOTHING, places: [place], pins: [pin, nowhere] }, 0).slice(-2)).toEqual(["", line]);
  });

  it("has a line for each thing that can be so", () => {
    const trashed = { uri: URI, run: "r", bytes: 5, sha256: null, trashedAt: TIME, expiresAt: TIME, plan: "op" };
    expect(
      storyOf({
        trash: (["trash", "displaced", "unlisted", "left", "held"] as const).map((kind) => ({ ...trashed, kind })),
      }),
    ).toEqual([
      "  in the trash until 2026-01-02 03:04:05Z, 5 B; operation op",
      "  in the trash for good, 5 B: other bytes had its name when it was to go back; operation op",
      "  in the trash, 5 B: nobody deletes it, as it is on no record here (run r)",
      "  in the trash, 5 B: the collector that took it is gone; the next gc gives it back",
      "  in the trash, 5 B: a collector decides about it at this moment",
    ]);
    const lease = { uri: URI, catalogId: null, origin: "placed", holderIsAlive: null, takenAt: TIME, expiresAt: TIME };
    const holder = { host: "here", bootId: null, pid: 7, startedAt: null };
    expect(
      storyOf({
        leases: [
          { ...lease, holder, holderIsAlive: false },
          { ...lease, holder: { ...holder, host: null }, catalogId: "c" },
          { ...lease, holder: null },
        ],
      }),
    ).toEqual([
      "  claimed since 2026-01-02 03:04:05Z by process 7 on here, which is gone, until 2026-01-02 03:04:05Z at most",
      "  claimed since 2026-01-02 03:04:05Z by process 7 in catalog c, until 2026-01-02 03:04:05Z at most",
      "  claimed since 2026-01-02 03:04:05Z by somebody, until 2026-01-02 03:04:05Z at most",
    ]);
    expect(storyOf({ orphan: { isOurs: true, since: null, ripeAt: null } })).toEqual([
      "  nothing refers to it; the next gc notes that, and from then on it counts",
    ]);
  });

  it("says what was verified of it", () => {
    const entry = {
      uri: URI,
      actual: { sha256: null, bytes: null },
      checkedAt: TIME,
      okAt: null,
      badSince: null,
      isPutAside: false,
    };
    const told = (change: Partial<LedgerEntry>): string | undefined =>
      storyOf({ verified: { ...entry, result: "ok", reason: null, strength: "full", ...change } })[0];
    const at = "  verified 2026-01-02 03:04:05Z: ";
    expect(told({})).toBe(`${at}ok, its hash was compared`);
    expect(told({ strength: "provider" })).toBe(`${at}ok, the checksum of its store was compared`);
    expect(told({ strength: "size" })).toBe(`${at}ok, only its size was compared`);
    const unchecked = { result: "unchecked", strength: "size" } as const;
    expect(told({ ...unchecked, reason: "no_hash" })).toBe(
      `${at}unchecked, no hash is on record, its size was compared`,
    );
    expect(told({ ...unchecked, reason: "no_store" })).toBe(`${at}unchecked, nobody here can look there`);
    const bad = { result: "missing", reason: "other_kind" } as const;
    expect(told(bad)).toBe(`${at}missing, other kind`);
    expect(told({ ...bad, reason: null, okAt: TIME, badSince: TIME })).toBe(
      `${at}missing; bad since 2026-01-02 03:04:05Z; last ok 2026-01-02 03:04:05Z`,
    );
  });

  it("says when it turned bad, and how that ended", () => {
    const nothing = { sha256: null, bytes: null };
    const open: Incident = {
      ...{ id: 1, uri: URI, result: "mismatch", reason: "hash", expected: nothing, actual: nothing, foundAt: TIME },
      ...{ quarantine: null, resolvedAt: null, resolution: null },
    };
    const ended: Incident = { ...open, resolvedAt: TIME, resolution: "repaired" };
    const aside = (uri: string): Incident => ({ ...open, quarantine: uri as StorageUri });
    const incidents = [open, ended, { ...ended, resolution: null }, aside("file:///a%20b"), aside("s3://b/c")];
    const at = "  2026-01-02 03:04:05Z  turned bad: mismatch, hash; ";
    expect(storyOf({ incidents })).toEqual([
      `${at}still so`,
      `${at}repaired 2026-01-02 03:04:05Z`,
      `${at}over 2026-01-02 03:04:05Z`,
      `${at}its bytes are in /a b; still so`,
      `${at}its bytes are in s3://b/c; still so`,
    ]);
  });

  it("names the document of a variant, and a catalog by its id, as far as they are known", () => {
    const document = { id: 3, artifactId: "doi:10.1/a" } as DocumentRecord;
    const variant = { id: 1, variant: "html", documentId: 3 } as VariantRecord;
    const variants = [variant, { ...variant, documentId: 4 }];
    const place = { ...PLACE, variants };
    expect(tellStory({ ...NOTHING, documents: [document], places: [place] }, 0)).toEqual([
      "/docs/x: not there",
      "  kept by variant html of document 3, doi:10.1/a",
      "  kept by variant html of document 4",
      "  never verified",
    ]);
    expect(storyOf({ keptBy: [{ catalogId: "c0ffee", catalogPath: null, documents: 2, variants: 1 }] })).toEqual([
      "  kept by catalog c0ffee: 2 documents and 1 variant",
    ]);
  });

  it("leaves out what is not on record about the trash", () => {
    const trashed = { uri: URI, run: "r", bytes: 5, sha256: null, trashedAt: null, expiresAt: null, plan: null };
    expect(
      storyOf({
        trash: [
          { ...trashed, kind: "trash" },
          { ...trashed, kind: "displaced" },
        ],
      }),
    ).toEqual(["  in the trash, 5 B", "  in the trash for good, 5 B: other bytes had its name when it was to go back"]);
  });

  it("says where the bytes are", () => {
    for (const [bytesAt, text] of [
      ["stored", "/docs/x: stored, 3 B"],
      ["elsewhere", "/docs/x: outside of the root, 3 B"],
      ["missing", "/docs/x: not there"],
      ["held", "/docs/x: a collector has taken it, and decides about it at this moment"],
      ["unknown", "/docs/x: nobody here can look there"],
    ] as const) {
      expect(tellStory({ ...NOTHING, places: [{ ...PLACE, bytesAt, bytes: 3 }] }, 0)).toEqual([text]);
    }
  });

  it("has what happened, and to what", () => {
    const removals = [
      { ...REMOVAL, verb: "gc", plan: "op", reason: "dead_process", catalogId: "c" },
      { ...REMOVAL, verb: "replace", record: { artifact_id: "a" }, variant: "html" },
      { ...REMOVAL, verb: "odd", record: { id: 5 } },
      { ...REMOVAL, verb: "remove", place: null },
    ];
    const places = [PLACE, { ...PLACE, uri: "s3://b/k" as StorageUri, path: null }];
    expect(tellStory({ ...NOTHING, places, removals }, 0)).toEqual([
      "/docs/x: not there",
      "  2026-01-02 03:04:05Z  taken by gc, dead process; operation op; in catalog c",
      "  2026-01-02 03:04:05Z  variant html of document, a: took other bytes",
      "  2026-01-02 03:04:05Z  document 5: odd",
      "",
      "s3://b/k: not there",
      "",
      "Of rows whose place could not be read:",
      "  2026-01-02 03:04:05Z  removed",
    ]);
  });

  it("gives a reason as it was given", () => {
    const removals = [
      { ...REMOVAL, verb: "remove", reason: "not_mine" },
      { ...REMOVAL, verb: "retention", reason: "max_files, by --max-files 1 --resolver my_web" },
    ];
    expect(tellStory({ ...NOTHING, places: [PLACE], removals }, 0).slice(1)).toEqual([
      "  2026-01-02 03:04:05Z  removed, not_mine",
      "  2026-01-02 03:04:05Z  dropped by retention, max files, by --max-files 1 --resolver my_web",
    ]);
  });

  it("ends with what comes next", () => {
    const next = (place: Partial<PlaceExplanation>): string =>
      nextCommand({ ...NOTHING, target: "it's", places: [{ ...PLACE, ...place }] }, Date.parse(TIME));
    expect(next({ orphan: { isOurs: true, since: TIME, ripeAt: TIME } })).toBe("gc --apply");
    expect(next({ orphan: { isOurs: false, since: TIME, ripeAt: null } })).toBe("gc");
    expect(next({})).toBe("search");
    const trashed = { uri: URI, run: "r", bytes: 5, sha256: null, trashedAt: TIME, expiresAt: TIME, plan: "op" };
    expect(next({ trash: [{ ...trashed, kind: "trash" }] })).toBe("restore 'it'\\''s'");
  });
});

describe("what programs get of a place", () => {
  it("have what was verified, and what was found bad", () => {
    const actual = { sha256: null, bytes: 5 };
    const bad = { uri: URI, result: "missing", reason: "gone" } as const;
    const verified = {
      ...bad,
      strength: "none",
      actual,
      checkedAt: TIME,
      okAt: null,
      badSince: TIME,
      isPutAside: true,
    } as const;
    const ended = { resolvedAt: TIME, resolution: "repaired" } as const;
    const incident = { ...bad, id: 1, expected: actual, actual, foundAt: TIME, quarantine: URI, ...ended };
    expect(placeItem({ ...PLACE, verified, incidents: [incident] })).toMatchObject({
      verified: {
        ...{ result: "missing", reason: "gone", strength: "none", actual_sha256: null, actual_bytes: 5 },
        ...{ checked_at: TIME, ok_at: null, bad_since: TIME },
      },
      incidents: [
        {
          ...{ id: 1, result: "missing", reason: "gone", expected_sha256: null, expected_bytes: 5 },
          ...{ actual_sha256: null, actual_bytes: 5, found_at: TIME, quarantine: URI },
          ...{ resolved_at: TIME, resolution: "repaired" },
        },
      ],
    });
  });

  it("has who holds a claim, as far as that can be read", () => {
    const lease = { uri: URI, catalogId: "c", origin: "placed", holderIsAlive: null, takenAt: TIME, expiresAt: TIME };
    const holder = { host: "here", bootId: null, pid: 7, startedAt: null };
    const leases = [
      { ...lease, holder, holderIsAlive: true },
      { ...lease, holder: { ...holder, host: null, pid: null } },
      { ...lease, holder: null },
    ];
    const fields = { catalog_id: "c", origin: "placed", taken_at: TIME, expires_at: TIME };
    expect(placeItem({ ...PLACE, leases })["leases"]).toEqual([
      { ...fields, host: "here", pid: 7, holder_is_alive: true },
      { ...fields, host: null, pid: null, holder_is_alive: null },
      { ...fields, host: null, pid: null, holder_is_alive: null },
    ]);
  });

  it("has of a row that is gone only what can be one's", () => {
    const itemOf = (record: Record<string, unknown> | null) => removalItem({ ...REMOVAL, verb: "remove", record });
    const good = { artifact_id: "a", source_url: "https://example.org/", resolver: "r" };
    const none = { document_id: null, artifact_id: null, source_url: null, resolver: null };
    expect(itemOf({ id: 5, ...good })).toMatchObject({ type: "removal", document_id: 5, ...good });
    expect(itemOf({ id: "5", artifact_id: 5, source_url: null, resolver: ["r"] })).toMatchObject(none);
    for (const id of [0, -1, 1.5, 2 ** 53]) expect(itemOf({ id })).toMatchObject(none);
    expect(itemOf(null)).toMatchObject(none);
  });
});
