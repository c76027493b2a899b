import { mkdir, symlink, truncate } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { load, makeFolder } from "./config-folder.ts";

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isCatalogError(error, "CONFIGURATION")) throw error ?? new Error("Nothing was thrown");
  return error.message;
}

async function refusal(name: string, content: string | Uint8Array): Promise<string> {
  const cwd = await makeFolder({ [name]: content });
  const message = await messageOf(load(cwd));
  expect(message).toContain(`${cwd}/${name}`);
  return message.replace(cwd, "");
}

const YAML =
  "# layout\nstorage: &s\n  layout: cas\n  root_dir: files\ncatalog:\n  retention_days: 1.5\n  wal_mode: false\n";
const TOML = '[storage]\nlayout = "cas"\nroot_dir = "files"\n[catalog]\nretention_days = 1.5\nwal_mode = false\n';
const JSON_TEXT =
  '{"storage": {"layout": "cas", "root_dir": "files"}, "catalog": {"retention_days": 1.5, "wal_mode": false}}';
const JSONC = `// layout\n${JSON_TEXT.replace("}}", "/* no */,},\n}")}`;

describe("a configuration file", () => {
  it.each([
    ["yaml", YAML],
    ["yml", YAML],
    ["toml", TOML],
    ["json", JSON_TEXT],
    ["jsonc", JSONC],
  ])("is read as %s, also with a BOM and CRLF", async (extension, text) => {
    for (const content of [text, `\ufeff${text.replaceAll("\n", "\r\n")}`]) {
      const cwd = await makeFolder({ [`catalog.config.${extension}`]: content });
      const { settings, configPath } = await load(cwd);
      expect(configPath).toBe(`${cwd}/catalog.config.${extension}`);
      expect(settings).toMatchObject({
        storage: { layout: "cas", rootDir: `${cwd}/files` },
        catalog: { retentionDays: 1.5, walMode: false, path: `${cwd}/state/catalog.sqlite` },
      });
    }
  });

  it.each([
    ["yaml", "catalog: false\n"],
    ["toml", "catalog = false\n"],
    ["json", '{"catalog": false}'],
    ["jsonc", '{"catalog": false} // off'],
  ])("disables the catalog in %s", async (extension, text) => {
    const { settings, origins } = await load(await makeFolder({ [`catalog.config.${extension}`]: text }));
    expect(settings.catalog).toBe(false);
    expect(origins.get("catalog")).toMatch(/^file /);
    expect(origins.has("catalog.path")).toBe(false);
  });

  it.each([
    ["yaml", ""],
    ["yaml", "\n  # nothing yet\n\t\n"],
    ["yaml", "---\n"],
    ["yaml", "storage:\n#  layout: cas\n"],
    ["toml", ""],
    ["json", "{}"],
    ["jsonc", "{ /* nothing */ }"],
  ])("may say nothing: %s %j", async (extension, text) => {
    const { settings } = await load(await makeFolder({ [`catalog.config.${extension}`]: text }));
    expect(settings.storage.layout).toBe("policy_path");
  });

  it("follows anchors of YAML", async () => {
    const text = "storage:\n  layout: &name cas\n  s3_prefix: *name\n";
    const { settings } = await load(await makeFolder({ "catalog.config.yaml": text }));
    expect(settings.storage).toMatchObject({ layout: "cas", s3Prefix: "cas" });
  });

  it.each([
    ["catalog.config.yaml", "storage:\n  layout: cas\n  layout: cas\n", "line 3, column 3: duplicated mapping key"],
    ["catalog.config.yaml", "storage: [\n", "line 2, column 1: "],
    ["catalog.config.yaml", "a: 1\n---\nb: 2\n", "expected a single document"],
    ["catalog.config.toml", "[storage]\nlayout = = 1\n", "line 2, column 10: invalid value"],
    ["catalog.config.toml", "a = 1\na = 2\n", "line 2, column 1: trying to redefine"],
    ["catalog.config.json", '{\n  "storage": tru\n}', "line 2, column 14: expected a value"],
    ["catalog.config.json", '{"a": 1}\n// no', "line 2, column 1: expected the end of the file"],
    ["catalog.config.json", "", "line 1, column 1: the text ends too early"],
    ["catalog.config.jsonc", '{"a": 1,\r\n "a": 2}', "line 2, column 2: this key stands in the group twice"],
    ["catalog.config.yaml", "[".repeat(20_000), ""],
  ])("names the place where %s cannot be parsed: %j", async (name, text, place) => {
    expect(await refusal(name, text)).toContain(`Cannot parse configuration file "/${name}": ${place}`);
  });

  it("shows nothing of the file in a message about its syntax", async () => {
    for (const [name, text] of [
      ["catalog.config.yaml", 'catalog:\n  path: "hunter2" x\n'],
      ["catalog.config.toml", 'catalog.path = "hunter2" x\n'],
      ["catalog.config.json", '{"catalog": {"path": "hunter2" x}}'],
    ] as const) {
      expect(await refusal(name, text)).not.toContain("hunter2");
    }
  });

  it.each([
    ["catalog.config.yaml", "- storage\n", "it is a list, expected the sections"],
    ["catalog.config.yaml", "storage\n", 'it is "storage", expected the sections'],
    [
      "catalog.config.yaml",
      "storage:\n  hardlink_dedup: yes\n",
      'storage.hardlink_dedup is "yes", expected true or false',
    ],
    ["catalog.config.yaml", "catalog:\n  retention_days: .inf\n", "catalog.retention_days is Infinity"],
    ["catalog.config.yaml", "__proto__:\n  storage: {}\n", "__proto__ is no known setting"],
    ["catalog.config.yaml", "storage:\n  constructor: 1\n", "storage.constructor is no known setting"],
    ["catalog.config.toml", "storage = 1979-05-27\n", "storage is a date, expected a group"],
    ["catalog.config.toml", "[__proto__]\nx = 1\n", "__proto__ is no known setting"],
    ["catalog.config.json", '{"__proto__": {"storage": 1}}', "__proto__ is no known setting"],
    ["catalog.config.json", '{"storage": {"root_dri": "x"}}', 'Did you mean "root_dir"?'],
    ["catalog.config.json", "[]", "it is a list"],
  ])("is refused for what it says: %s %j", async (name, text, problem) => {
    const message = await refusal(name, text);
    expect(message).toMatch(`from file /${name}: `);
    expect(message).toContain(problem);
  });

  it("must be valid UTF-8", async () => {
    expect(await refusal("catalog.config.yaml", Uint8Array.of(0x61, 0xff))).toContain("it is not valid UTF-8");
    expect(await refusal("catalog.config.json", Uint8Array.of(0xff, 0xfe, 0x7b, 0))).toContain("not valid UTF-8");
  });

  it("must not be larger than a configuration is", async () => {
    const cwd = await makeFolder({ "catalog.config.yaml": "# x\n" });
    await truncate(`${cwd}/catalog.config.yaml`, 1024 * 1024 + 1);
    expect(await messageOf(load(cwd))).toContain("it has 1048577 bytes, the limit is 1048576");
    const padded = await makeFolder({ "catalog.config.yaml": "#".repeat(1024 * 1024) });
    expect((await load(padded)).settings.storage.layout).toBe("policy_path");
  });

  it("must not have grown over the limit since it was looked at", async () => {
    const cwd = await makeFolder({ "catalog.config.yaml": "#".repeat(1024 * 1024 + 5) });
    const fs = createNodeFileSystem();
    const growing: FileSystem = Object.create(fs, {
      stat: {
        value: async (path: string) => {
          const stat = await fs.stat(path);
          return stat && { ...stat, sizeBytes: 3 };
        },
      },
    });
    expect(await messageOf(load(cwd, { fs: growing }))).toContain("it has 1048581 bytes");
  });

  it("must be a file", async () => {
    const cwd = await makeFolder();
    await mkdir(`${cwd}/catalog.config.toml`);
    expect(await messageOf(load(cwd))).toContain("it is no regular file");
  });

  it("must be the only one in the working directory", async () => {
    const cwd = await makeFolder({ "catalog.config.yaml": "", "catalog.config.toml": "" });
    expect(await messageOf(load(cwd))).toContain('"catalog.config.yaml" and "catalog.config.toml" are there');
  });

  it("need not be there", async () => {
    expect((await load(await makeFolder())).configPath).toBeUndefined();
  });

  it("tells what the file system says when it cannot be read", async () => {
    const cwd = await makeFolder({ "catalog.config.yaml": "" });
    await symlink("loop.yaml", `${cwd}/loop.yaml`);
    await expect(load(cwd, { configPath: "loop.yaml" })).rejects.toMatchObject({ code: "BACKEND" });
    const plan = { operations: ["readFile"], failAt: 1, code: "EACCES" } as const;
    const closed = createFaultyFileSystem(createNodeFileSystem(), plan);
    await expect(load(cwd, { fs: closed })).rejects.toMatchObject({
      code: "PERMISSION",
      message: expect.stringContaining("Cannot read configuration file"),
    });
  });
});

describe("a folder that the runtime may not look into", () => {
  const fs: FileSystem = createFaultyFileSystem(createNodeFileSystem(), {
    operations: ["stat"],
    failAt: 1,
    repeat: "forever",
    code: "ENOTCAPABLE",
  });

  it("has no configuration file for somebody who names catalog and root", async () => {
    const cwd = await makeFolder({ "catalog.config.yaml": "storage: {layout: cas}" });
    const { settings, configPath } = await load(cwd, { fs, flags: { catalog: "c.sqlite", root: "r", set: [] } });
    expect([settings.storage.layout, configPath]).toEqual(["policy_path", undefined]);
  });

  it("is an error for everybody else, with the way out", async () => {
    const cwd = await makeFolder();
    await expect(load(cwd, { fs, flags: { catalog: "c.sqlite", set: [] } })).rejects.toMatchObject({
      code: "PERMISSION",
      hint: "Start Deno with --allow-read of this folder, or name both --catalog and --root.",
    });
  });
});

describe("a named configuration file", () => {
  it("is taken instead of the one in the working directory, and paths in it start from its folder", async () => {
    const cwd = await makeFolder({ "catalog.config.yaml": "storage: {layout: cas}" });
    const other = await makeFolder({ "other.TOML": 'storage.root_dir = "../up"\ncatalog.path = "c.sqlite"' });
    const { settings, configPath } = await load(cwd, { configPath: `${other}/other.TOML` });
    expect(configPath).toBe(`${other}/other.TOML`);
    expect(settings).toMatchObject({
      storage: { layout: "policy_path", rootDir: `${other}/../up`.replace(/\/[^/]+\/\.\./, "") },
      catalog: { path: `${other}/c.sqlite` },
    });
  });

  it("may be relative, and settles which of two is meant", async () => {
    const cwd = await makeFolder({
      "catalog.config.yaml": "",
      "catalog.config.json": '{"storage": {"layout": "cas"}}',
    });
    const { settings } = await load(cwd, { configPath: "catalog.config.json" });
    expect(settings.storage.layout).toBe("cas");
  });

  it("must be there and have a known extension", async () => {
    const cwd = await makeFolder({ "c.ini": "", c: "", "c.tml": "" });
    expect(await messageOf(load(cwd, { configPath: "gone.yaml" }))).toContain(`"${cwd}/gone.yaml": it does not exist`);
    expect(await messageOf(load(cwd, { configPath: "c" }))).toContain('its extension "" says no known format');
    await expect(load(cwd, { configPath: "c.tml" })).rejects.toMatchObject({
      hint: expect.stringMatching(/\.yaml, \.yml, .*Did you mean "\.(yml|toml)"\?/),
    });
    await expect(load(cwd, { configPath: "c.properties" })).rejects.toMatchObject({
      hint: "Name it .yaml, .yml, .toml, .json, .jsonc",
    });
  });

  it("keeps the URL of a server as it is", async () => {
    const text = "catalog:\n  backend: postgres\n  path: postgres://u:p@h/db\n";
    const { settings } = await load(await makeFolder({ "catalog.config.yaml": text }));
    expect(settings.catalog).toMatchObject({ path: "postgres://u:p@h/db" });
  });
});
