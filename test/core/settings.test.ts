import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SETTING_KEYS } from "../../src/core/settings/setting-keys.ts";
import {
  acceptsValue,
  completeSettings,
  parseSettings,
  parseSettingValues,
  resolveSettingPath,
  resolveSettings,
  type SettingsInput,
  settingsFromOptions,
} from "../../src/core/settings.ts";
import { isCatalogError } from "../../src/errors.ts";

function failure(work: () => unknown): { message: string; details: unknown; hint: string | undefined } {
  try {
    work();
  } catch (error) {
    if (isCatalogError(error, "CONFIGURATION")) return error;
    throw error;
  }
  throw new Error("Nothing was thrown");
}

function messageOf(raw: unknown): string {
  return failure(() => parseSettings(raw, "file /etc/c.yaml")).message;
}

describe("the table of keys", () => {
  it("has the fifteen fixed keys with their defaults, and those that joined them", () => {
    expect(SETTING_KEYS.map((key) => [key.path, key.default])).toEqual([
      ["storage.backend", "fs"],
      ["storage.root_dir", "data/docs"],
      ["storage.layout", "policy_path"],
      ["storage.cas_prefix", "sha256"],
      ["storage.path_template", "{resolver}/{artifact_id}/{basename}"],
      ["storage.hardlink_dedup", true],
      ["storage.s3_bucket", null],
      ["storage.s3_prefix", "docs/"],
      ["storage.s3_storage_class", "STANDARD"],
      ["catalog.backend", "sqlite"],
      ["catalog.path", "state/catalog.sqlite"],
      ["catalog.wal_mode", true],
      ["catalog.compute_sha256", true],
      ["catalog.verify_on_register", false],
      ["catalog.retention_days", 0],
      ["catalog.keep_copies", 1],
      ["catalog.orphan_ttl_days", 7],
      ["catalog.trash_ttl_days", 30],
      ["catalog.hasher", "auto"],
      ["catalog.busy_timeout", 5000],
      ["catalog.refresh_interval", 5],
      ["catalog.durability", "commit"],
      ["catalog.checkpoint_on_close", "auto"],
      ["catalog.keep_snapshots", 0],
      ["catalog.on_change", "keep"],
      ["catalog.lease_ttl", 3_600_000],
    ]);
  });

  it("names each key everywhere", () => {
    const key = SETTING_KEYS.find((candidate) => candidate.path === "storage.root_dir");
    expect(key).toMatchObject({
      section: "storage",
      name: "root_dir",
      field: "rootDir",
      env: "CATALOG_STORAGE__ROOT_DIR",
      flag: "--root",
      choices: [],
    });
    const choice = SETTING_KEYS.find((candidate) => candidate.path === "storage.layout");
    expect(choice).toMatchObject({ choices: ["cas", "policy_path"], kind: "choice", flag: undefined });
  });

  it.each(SETTING_KEYS)("takes its own default: $path", (key) => {
    expect(acceptsValue(key, key.default)).toBe(true);
    expect(key.description).toMatch(/^[A-Z].*\.$/);
    expect(Object.isFrozen(key)).toBe(true);
  });
});

describe("parseSettings", () => {
  it("gives the defaults for nothing, deeply frozen", () => {
    const settings = parseSettings({}, "test");
    expect(settings.storage).toEqual({
      backend: "fs",
      rootDir: "data/docs",
      layout: "policy_path",
      casPrefix: "sha256",
      pathTemplate: "{resolver}/{artifact_id}/{basename}",
      hardlinkDedup: true,
      s3Bucket: null,
      s3Prefix: "docs/",
      s3StorageClass: "STANDARD",
    });
    expect(settings.catalog).toMatchObject({ backend: "sqlite", path: "state/catalog.sqlite", busyTimeout: 5000 });
    expect([settings, settings.storage, settings.catalog].every(Object.isFrozen)).toBe(true);
  });

  it("reads every key", () => {
    const raw = {
      $schema: "x.json",
      storage: {
        backend: "s3",
        root_dir: "/r",
        layout: "cas",
        cas_prefix: "blake.3_x",
        path_template: "{artifact_id}{ext}",
        hardlink_dedup: false,
        s3_bucket: "my-bucket",
        s3_prefix: "",
        s3_storage_class: "GLACIER_IR",
      },
      catalog: {
        backend: "postgres",
        path: "postgres://u:p@h/db",
        wal_mode: false,
        compute_sha256: false,
        verify_on_register: true,
        retention_days: 0.5,
        keep_copies: 2,
        orphan_ttl_days: 30,
        trash_ttl_days: 90,
        hasher: "wasm",
        busy_timeout: 0,
        refresh_interval: 0,
        durability: "batch",
        checkpoint_on_close: "never",
        keep_snapshots: 3,
        on_change: "variant",
        lease_ttl: 60_000,
      },
    };
    expect(parseSettings(raw, "test")).toEqual({
      storage: {
        backend: "s3",
        rootDir: "/r",
        layout: "cas",
        casPrefix: "blake.3_x",
        pathTemplate: "{artifact_id}{ext}",
        hardlinkDedup: false,
        s3Bucket: "my-bucket",
        s3Prefix: "",
        s3StorageClass: "GLACIER_IR",
      },
      catalog: {
        backend: "postgres",
        path: "postgres://u:p@h/db",
        walMode: false,
        computeSha256: false,
        verifyOnRegister: true,
        retentionDays: 0.5,
        keepCopies: 2,
        orphanTtlDays: 30,
        trashTtlDays: 90,
        hasher: "wasm",
        busyTimeout: 0,
        refreshInterval: 0,
        durability: "batch",
        checkpointOnClose: "never",
        keepSnapshots: 3,
        onChange: "variant",
        leaseTtl: 60_000,
      },
    });
  });

  it("takes false for the catalog, and an empty section", () => {
    expect(parseSettings({ catalog: false, storage: null }, "test").catalog).toBe(false);
  });

  it("collects all problems into one error that names key, value, what is allowed and the origin", () => {
    const error = failure(() =>
      parseSettings(
        { storage: { layout: "flat", rootdir: "x" }, catalog: { retention_days: -1 }, cataloq: {} },
        "file /etc/c.yaml",
      ),
    );
    expect(error.message).toBe(
      'Cannot use the settings from file /etc/c.yaml: storage.layout is "flat", expected "cas" or "policy_path"; ' +
        'storage.rootdir is no known setting. Did you mean "root_dir"?; ' +
        "catalog.retention_days is -1, expected a number of days from 0; " +
        'cataloq is no known setting. Did you mean "catalog"?',
    );
    expect(error.details).toEqual({ origin: "file /etc/c.yaml", key: "storage.layout" });
    expect(error.hint).toContain("schema/config.schema.json");
  });

  it.each([
    ["storage.root_dir", ""],
    ["storage.root_dir", "  "],
    ["storage.root_dir", "a\0b"],
    ["storage.root_dir", "a\ud800"],
    ["storage.root_dir", "s3://bucket/x"],
    ["storage.root_dir", null],
    ["storage.root_dir", ["x"]],
    ["catalog.path", ""],
    ["catalog.path", "a\0"],
    ["catalog.path", "mysql://h/db"],
    ["catalog.path", " postgres://u:p@h/db"],
    ["storage.s3_prefix", "\0"],
    ["storage.s3_bucket", ""],
    ["storage.s3_bucket", "a/b"],
    ["storage.s3_storage_class", "standard"],
    ["storage.hardlink_dedup", "true"],
    ["storage.hardlink_dedup", 1],
    ["storage.backend", "FS"],
    ["catalog.hasher", "fast"],
    ["catalog.retention_days", Number.POSITIVE_INFINITY],
    ["catalog.retention_days", Number.NaN],
    ["catalog.retention_days", "7"],
    ["catalog.orphan_ttl_days", -0.1],
    ["catalog.lease_ttl", 0],
    ["catalog.lease_ttl", 2 ** 31],
    ["catalog.busy_timeout", 1.5],
    ["catalog.busy_timeout", -1],
    ["catalog.busy_timeout", 2 ** 53],
    ["catalog.refresh_interval", true],
    ["catalog.path", new Date(0)],
    ["catalog.path", {}],
    ["catalog.path", undefined],
    ["catalog.path", () => 1],
  ])("refuses %s = %j", (path, value) => {
    const [section = "", name = ""] = path.split(".");
    expect(messageOf({ [section]: { [name]: value } })).toMatch(`: ${path} is `);
  });

  it.each(["", ".", "..", "a/b", "a\\b", ".hidden", "a.", "con", "NUL.x", "a b", "ä", "x".repeat(65), "a\n"])(
    "refuses the CAS prefix %j",
    (prefix) => {
      expect(messageOf({ storage: { cas_prefix: prefix } })).toContain("storage.cas_prefix is ");
    },
  );

  it.each(["sha256", "s", "console", "A-1_b.c", "x".repeat(64)])("takes the CAS prefix %j", (prefix) => {
    expect(parseSettings({ storage: { cas_prefix: prefix } }, "test").storage.casPrefix).toBe(prefix);
  });

  it.each([
    [{ root_dir: "x" }, 'root_dir is no known setting. Did you mean "storage.root_dir"?'],
    [{ storage: { path: "x" } }, 'storage.path is no known setting. Did you mean "catalog.path"?'],
    [{ storage: { zzzzzzzz: 1 } }, "storage.zzzzzzzz is no known setting"],
    [{ storage: { ["x".repeat(300)]: 1 } }, `"storage.${"x".repeat(92)}…" is no known setting`],
    [{ "\u001b[31m": 1 }, '"\\x1b[31m" is no known setting'],
    [JSON.parse('{"__proto__": {"a": 1}}'), "__proto__ is no known setting"],
    [JSON.parse('{"storage": {"__proto__": {}}}'), "storage.__proto__ is no known setting"],
    [{ catalog: { constructor: 1 } }, "catalog.constructor is no known setting"],
  ])("refuses unknown names in %j", (raw, text) => {
    expect(messageOf(raw).replace(/^.*?: /, "")).toBe(text);
  });

  it.each([
    [null, "it is null"],
    [[], "it is a list"],
    ["x", 'it is "x"'],
    [{ storage: false }, "storage is false, expected a group of keys"],
    [{ storage: new Date(0) }, "storage is a date, expected a group of keys"],
    [{ catalog: true }, "catalog is true, expected a group of keys, or false"],
    [{ $schema: {} }, "$schema is a group of keys, expected a text"],
  ])("refuses %j where a group must be", (raw, text) => {
    expect(messageOf(raw)).toContain(text);
  });

  it("shows no text that is far too long", () => {
    const raw = { storage: { layout: "a.".repeat(2049) } };
    expect(messageOf(raw)).toContain("storage.layout is a text of 4098 characters, expected");
  });

  it("counts problems beyond what anybody reads", () => {
    const raw = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}zzzz`, 1]));
    const message = messageOf(raw);
    expect(message).toContain("k19zzzz is no known setting; and 980 more");
    expect(message.length).toBeLessThan(2000);
  });

  it("never throws anything else, whatever it is given", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (storage, catalog) => {
        try {
          parseSettings({ storage, catalog }, "test");
        } catch (error) {
          expect(isCatalogError(error, "CONFIGURATION")).toBe(true);
        }
      }),
    );
  });
});

describe("contradictions", () => {
  it("wants a bucket for S3", () => {
    expect(messageOf({ storage: { backend: "s3" } })).toContain(
      'storage.backend is "s3" and storage.s3_bucket is missing',
    );
    expect(messageOf({ storage: { backend: "s3", s3_bucket: "/" } })).not.toContain("missing");
  });

  it("wants a URL for PostgreSQL and a path for SQLite, and shows no password", () => {
    expect(messageOf({ catalog: { backend: "postgres" } })).toContain(
      'catalog.path is "state/catalog.sqlite", expected a postgres:// URL as catalog.backend is "postgres"',
    );
    const message = messageOf({ catalog: { path: "postgresql://alice:hunter2@h/db" } });
    expect(message).toContain('catalog.path is "postgresql://alice:***@h/db", expected a path');
    expect(message).not.toContain("hunter2");
  });

  it("names the source that causes it, once there are several", () => {
    const values = new Map([["storage.backend", "s3"]]);
    const named = failure(() => completeSettings(values, new Map([["storage.backend", "flag --set x"]])));
    expect(named.message).toContain("from flag --set x: ");
    const other = failure(() =>
      completeSettings(new Map([["catalog.path", "postgres://h/d"]]), new Map([["catalog.path", "flag --catalog"]])),
    );
    expect(other.message).toContain("from flag --catalog: ");
    expect(failure(() => completeSettings(values, new Map())).message).toContain("from default: ");
  });
});

describe("parseSettingValues", () => {
  it("gives only what the source says", () => {
    expect([...parseSettingValues({ storage: { backend: "s3" }, catalog: false }, "test")]).toEqual([
      ["storage.backend", "s3"],
      ["catalog", false],
    ]);
    expect(() => parseSettingValues({ a: 1 }, "test")).toThrow("a is no known setting");
  });
});

describe("settingsFromOptions", () => {
  it("takes camelCase, with undefined for what is not said", () => {
    const settings = settingsFromOptions({
      catalog: { path: "x.sqlite", hasher: undefined },
      storage: { rootDir: "files", layout: "cas" },
    });
    expect(settings.catalog).toMatchObject({ path: "x.sqlite", hasher: "auto" });
    expect(settings.storage).toMatchObject({ rootDir: "files", layout: "cas" });
    expect(settingsFromOptions({ catalog: false, storage: undefined }).catalog).toBe(false);
  });

  it("names problems as the caller writes the keys", () => {
    const input: unknown = { storage: { root_dir: "x", backend: "s3", casPrefix: 7 }, $schema: "x" };
    const error = failure(() => settingsFromOptions(input as SettingsInput));
    expect(error.message).toBe(
      'Cannot use the settings from options: storage.root_dir is no known setting. Did you mean "rootDir"?; ' +
        "storage.casPrefix is 7, expected one name of up to 64 letters, digits, dots, dashes and underscores, as safe in any path; " +
        "$schema is no known setting; " +
        'storage.backend is "s3" and storage.s3Bucket is missing, expected the bucket\'s name',
    );
  });
});

describe("paths", () => {
  it("become absolute, seen from a folder; URLs of a server stay", () => {
    const settings = resolveSettings(settingsFromOptions({}), "/home/a");
    expect(settings).toMatchObject({
      storage: { rootDir: "/home/a/data/docs" },
      catalog: { path: "/home/a/state/catalog.sqlite" },
    });
    expect(Object.isFrozen(settings) && Object.isFrozen(settings.storage) && Object.isFrozen(settings.catalog)).toBe(
      true,
    );
    expect(resolveSettings(settingsFromOptions({ catalog: false }), "/a").catalog).toBe(false);
    expect(resolveSettingPath("/a", "postgres://h/x/../y")).toBe("postgres://h/x/../y");
    expect(resolveSettingPath("/a", "../b\\c")).toBe("/b\\c");
    expect(resolveSettingPath("C:/a", "..\\b\\c")).toBe("C:/b/c");
    expect(resolveSettingPath("C:/a", "D:\\b")).toBe("D:/b");
  });
});
