import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeSettings } from "../../../src/cli/verbs/config/describe-settings.ts";
import { SETTING_KEYS } from "../../../src/core/settings/setting-keys.ts";
import { isCatalogError } from "../../../src/errors.ts";
import { load, makeFolder } from "./config-folder.ts";

const YAML = "catalog.config.yaml";

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isCatalogError(error, "CONFIGURATION")) throw error ?? new Error("Nothing was thrown");
  return error.message;
}

describe("loadSettings", () => {
  it("gives the defaults, absolute, when nothing is said", async () => {
    const { settings, origins, configPath } = await load("/w", { env: undefined });
    expect(configPath).toBeUndefined();
    expect(settings).toMatchObject({
      storage: { rootDir: "/w/data/docs" },
      catalog: { path: "/w/state/catalog.sqlite" },
    });
    expect([...origins]).toEqual(SETTING_KEYS.map((key) => [key.path, "default"]));
  });

  it("lets the environment win over the file, and flags over both, key by key", async () => {
    const cwd = await makeFolder({
      [YAML]: "storage: {layout: cas, s3_prefix: file/, root_dir: file}\ncatalog: {hasher: wasm}",
    });
    const { settings, origins } = await load(cwd, {
      env: { CATALOG_STORAGE__S3_PREFIX: "env/", CATALOG_STORAGE__ROOT_DIR: "env", PATH: "/bin" },
      flags: { root: "flag", set: ["catalog.busy_timeout=10"] },
    });
    expect(settings.storage).toMatchObject({ layout: "cas", s3Prefix: "env/", rootDir: `${cwd}/flag` });
    expect(settings.catalog).toMatchObject({ hasher: "wasm", busyTimeout: 10 });
    expect(Object.fromEntries([...origins].filter(([, origin]) => origin !== "default"))).toEqual({
      "storage.layout": `file ${cwd}/${YAML}`,
      "storage.s3_prefix": "environment CATALOG_STORAGE__S3_PREFIX",
      "storage.root_dir": "flag --root",
      "catalog.hasher": `file ${cwd}/${YAML}`,
      "catalog.busy_timeout": "flag --set catalog.busy_timeout",
    });
  });

  it("resolves paths of the environment and of flags against the working directory", async () => {
    const other = await makeFolder({ "c.json": '{"storage": {"root_dir": "a"}, "catalog": {"path": "b"}}' });
    const configPath = `${other}/c.json`;
    const env = { CATALOG_CATALOG__PATH: "./env.sqlite" };
    const { settings } = await load("/w", { configPath, env, flags: { set: ["storage.root_dir=../x"] } });
    expect(settings).toMatchObject({ storage: { rootDir: "/x" }, catalog: { path: "/w/env.sqlite" } });
    const { settings: fromFile } = await load("/w", { configPath });
    expect(fromFile).toMatchObject({ storage: { rootDir: `${other}/a` }, catalog: { path: `${other}/b` } });
  });

  it("puts values that need each other together from several sources", async () => {
    const cwd = await makeFolder({ [YAML]: "storage: {backend: s3}" });
    expect(await messageOf(load(cwd))).toContain(`from file ${cwd}/${YAML}: storage.backend is "s3" and`);
    const { settings } = await load(cwd, { env: { CATALOG_STORAGE__S3_BUCKET: "my-bucket" } });
    expect(settings.storage).toMatchObject({ backend: "s3", s3Bucket: "my-bucket" });
    const url = "postgres://u:p@h/db";
    const { settings: postgres } = await load(cwd, {
      flags: { catalog: url, set: ["catalog.backend=postgres", "storage.backend=fs"] },
    });
    expect(postgres.catalog).toMatchObject({ path: url });
  });

  it("disables the catalog, and a later source that sets a key of it enables it again", async () => {
    const cwd = await makeFolder({ [YAML]: "catalog: false" });
    const off = await load(cwd);
    expect(off.settings.catalog).toBe(false);
    expect(off.origins.get("catalog")).toBe(`file ${cwd}/${YAML}`);
    expect((await load(cwd, { env: { CATALOG_CATALOG: "true" } })).settings.catalog).not.toBe(false);
    const on = await load(cwd, { flags: { catalog: "c.sqlite", set: [] } });
    expect(on.settings.catalog).toMatchObject({ path: `${cwd}/c.sqlite` });
    expect(on.origins.has("catalog")).toBe(false);
  });

  it("disables the catalog by the environment and by --set, whatever the file says", async () => {
    const cwd = await makeFolder({ [YAML]: "catalog: {path: x}" });
    for (const text of ["false", "0", "no", "OFF"]) {
      const env = { CATALOG_CATALOG: text, CATALOG_CATALOG__PATH: "y" };
      const { settings, origins } = await load(cwd, { env });
      expect(settings.catalog).toBe(false);
      expect(origins.get("catalog")).toBe("environment CATALOG_CATALOG");
    }
    const { origins } = await load(cwd, { flags: { set: ["catalog=false"] } });
    expect(origins.get("catalog")).toBe("flag --set catalog");
  });
});

describe("the environment", () => {
  it.each([
    ["CATALOG_CATALOG__WAL_MODE", "no", { walMode: false }],
    ["CATALOG_CATALOG__WAL_MODE", " Off ", { walMode: false }],
    ["CATALOG_CATALOG__VERIFY_ON_REGISTER", "1", { verifyOnRegister: true }],
    ["CATALOG_CATALOG__VERIFY_ON_REGISTER", "yes", { verifyOnRegister: true }],
    ["CATALOG_CATALOG__RETENTION_DAYS", "1.5", { retentionDays: 1.5 }],
    ["CATALOG_CATALOG__RETENTION_DAYS", "+1e2", { retentionDays: 100 }],
    ["CATALOG_catalog__busy_timeout", " 12 ", { busyTimeout: 12 }],
    ["CATALOG_CATALOG__Hasher", "native", { hasher: "native" }],
  ])("reads %s=%j", async (name, text, expected) => {
    expect((await load("/w", { env: { [name]: text } })).settings.catalog).toMatchObject(expected);
  });

  it("has an empty text for no bucket, and for no prefix", async () => {
    const cwd = await makeFolder({ [YAML]: "storage: {s3_bucket: my-bucket}" });
    const env = { CATALOG_STORAGE__S3_BUCKET: "", CATALOG_STORAGE__S3_PREFIX: "" };
    expect((await load(cwd, { env })).settings.storage).toMatchObject({ s3Bucket: null, s3Prefix: "" });
  });

  it.each([
    ["CATALOG_CATALOG__WAL_MODE", "maybe", 'CATALOG_CATALOG__WAL_MODE is "maybe", expected true or false'],
    ["CATALOG_CATALOG__RETENTION_DAYS", "0x10", 'is "0x10", expected a number of days'],
    ["CATALOG_CATALOG__RETENTION_DAYS", "", 'is "", expected a number of days'],
    ["CATALOG_CATALOG__RETENTION_DAYS", "1e999", 'is "1e999", expected a number of days'],
    ["CATALOG_CATALOG__BUSY_TIMEOUT", "1.5", "expected a whole number of milliseconds"],
    ["CATALOG_STORAGE__LAYOUT", "flat", 'CATALOG_STORAGE__LAYOUT is "flat", expected "cas" or "policy_path"'],
    ["CATALOG_STORAGE__ROOT_DIR", "", 'CATALOG_STORAGE__ROOT_DIR is "", expected a path'],
    ["CATALOG_CATALOG", "", 'CATALOG_CATALOG is "", expected true or false'],
    [
      "CATALOG_STORAGE__ROOTDIR",
      "x",
      'CATALOG_STORAGE__ROOTDIR is no known setting. Did you mean "CATALOG_STORAGE__ROOT_DIR"?',
    ],
    ["CATALOG_STORAGE_ROOT_DIR", "x", 'Did you mean "CATALOG_STORAGE__ROOT_DIR"?'],
    ["CATALOG_ZZZZ__QQQQQQQQQQQ", "x", "CATALOG_ZZZZ__QQQQQQQQQQQ is no known setting"],
    ["CATALOG_CATALOG__PATH", "postgres://u:hunter2@h/db", 'is "postgres://u:***@h/db", expected a path'],
  ])("refuses %s=%j", async (name, text, problem) => {
    const message = await messageOf(load("/w", { env: { [name]: text } }));
    expect(message).toContain("Cannot use the settings from environment");
    expect(message).toContain(problem);
    expect(message).not.toContain("hunter2");
  });

  it("names all variables that cannot be used at once", async () => {
    const env = { CATALOG_STORAGE__LAYOUT: "x", CATALOG_CATALOG__HASHER: "y" };
    expect(await messageOf(load("/w", { env }))).toMatch(/STORAGE__LAYOUT is "x".*; CATALOG_CATALOG__HASHER is "y"/);
  });

  it("leaves variables of others alone", async () => {
    const env = {
      CATALOG_SERVICE_HOST: "10.0.0.1",
      CATALOG_PORT: "tcp://10.0.0.1:80",
      catalog_storage__layout: "x",
      MY_CATALOG_A__B: "",
      CATALOG_STORAGE__LAYOUT: undefined,
    };
    expect((await load("/w", { env })).settings.storage.layout).toBe("policy_path");
  });

  it("takes two spellings of one name only if they agree", async () => {
    const env = { CATALOG_STORAGE__LAYOUT: "cas", CATALOG_storage__layout: "policy_path" };
    expect(await messageOf(load("/w", { env }))).toContain(
      "CATALOG_STORAGE__LAYOUT and CATALOG_storage__layout are the same setting and differ",
    );
    const same = { CATALOG_STORAGE__LAYOUT: "cas", CATALOG_storage__layout: "cas" };
    expect((await load("/w", { env: same })).settings.storage.layout).toBe("cas");
  });
});

describe("flags", () => {
  it("--catalog and --root name file and folder", async () => {
    const { settings, origins } = await load("/w", { flags: { catalog: "c.sqlite", root: "/r", set: [] } });
    expect(settings).toMatchObject({ storage: { rootDir: "/r" }, catalog: { path: "/w/c.sqlite" } });
    expect(origins.get("catalog.path")).toBe("flag --catalog");
  });

  it("--set takes any key, with the last of two, and a value that has an equals sign", async () => {
    const set = ["storage.layout=policy_path", "storage.layout=cas", "storage.s3_prefix=a=b=", "catalog.wal_mode=off"];
    const { settings } = await load("/w", { flags: { set } });
    expect(settings).toMatchObject({ storage: { layout: "cas", s3Prefix: "a=b=" }, catalog: { walMode: false } });
  });

  it.each([
    ["storage.layout", '--set "storage.layout" is no assignment, expected KEY=VALUE'],
    ["=x", '--set "=x" is no assignment'],
    ["", '--set "" is no assignment'],
    ["storage.layout=", '--set storage.layout is "", expected "cas" or "policy_path"'],
    ["storage.lay_out=cas", 'storage.lay_out is no known setting. Did you mean "storage.layout"?'],
    ["layout=cas", 'layout is no known setting. Did you mean "storage.layout"?'],
    ["catalog=maybe", '--set catalog is "maybe", expected true or false'],
    ["storage={}", "storage is no known setting"],
    ["__proto__=1", "__proto__ is no known setting"],
  ])("--set %s is refused", async (assignment, problem) => {
    const message = await messageOf(load("/w", { flags: { set: [assignment] } }));
    expect(message).toContain("Cannot use the settings from flags: ");
    expect(message).toContain(problem);
  });

  it("may say the same twice, but not contradict each other", async () => {
    const same = await load("/w", { flags: { root: "r", set: ["storage.root_dir=./r"] } });
    expect(same.settings.storage.rootDir).toBe("/w/r");
    const roots = { root: "a", set: ["storage.root_dir=b"] };
    expect(await messageOf(load("/w", { flags: roots }))).toContain(
      '--set storage.root_dir and --root differ: "/w/b" and "a"',
    );
    const off = { catalog: "c", set: ["catalog=false"] };
    expect(await messageOf(load("/w", { flags: off }))).toContain("--set catalog=false and --catalog contradict");
    const offKey = { set: ["catalog=off", "catalog.hasher=wasm"] };
    expect(await messageOf(load("/w", { flags: offKey }))).toContain(
      "--set catalog=false and --set catalog.hasher contradict",
    );
  });

  it("win over any environment and file, for every key", async () => {
    const samples: Readonly<Record<string, readonly string[]>> = {
      boolean: ["true", "false"],
      number: ["1", "2", "3"],
      path: ["/a", "/b", "/c"],
      text: ["A1", "B2", "C3"],
    };
    const cases = SETTING_KEYS.filter((key) => !key.path.endsWith(".backend")).map((key) => ({
      key,
      texts: key.kind === "choice" ? key.choices : (samples[key.kind] ?? []),
    }));
    const picked = fc
      .constantFrom(...cases)
      .chain(({ key, texts }) =>
        fc.record({ key: fc.constant(key), low: fc.constantFrom(...texts), high: fc.constantFrom(...texts) }),
      );
    await fc.assert(
      fc.asyncProperty(picked, async ({ key, low, high }) => {
        const loaded = await load("/w", { env: { [key.env]: low }, flags: { set: [`${key.path}=${high}`] } });
        const row = describeSettings(loaded).find((candidate) => candidate.key === key.path);
        expect([String(row?.value), row?.origin]).toEqual([high, `flag --set ${key.path}`]);
      }),
    );
  });
});
