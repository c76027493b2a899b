import { access, chmod, lstat, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CliHost } from "../../../src/cli/host.ts";
import { describeWith, outputOf } from "../../components.ts";
import { hashOf, writeFiles } from "../filled-catalog.ts";
import { makeFolder, type RunResult, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeEach(async () => {
  folder = await makeFolder();
  await writeFiles(folder.path, {
    "papers/a.txt": "alpha",
    "papers/.hidden": "hidden",
    "papers/sub/b.txt": "beta",
    "papers/sub/a2.txt": "alpha",
    "single.txt": "single",
  });
});

afterEach(() => folder.remove());

const CAS = ["--set", "storage.layout=cas"];

function add(...argv: string[]): Promise<RunResult> {
  return runCli(folder.path, ["add", ...argv]);
}

async function documents(): Promise<readonly Record<string, unknown>[]> {
  const { lines } = await runCli(folder.path, ["search", "--json"]);
  return lines.filter(({ type }) => type === "record");
}

/** The files below the root, but markers and leftovers. */
async function stored(): Promise<readonly string[]> {
  const names = await readdir(join(folder.path, "data/docs"), { recursive: true, withFileTypes: true });
  return names.filter((each) => each.isFile() && !each.parentPath.includes("/.")).map(({ name }) => name);
}

describe("add --into move", () => {
  it.each([
    ["for people", [], "was kept: it is named by the catalog where it lies"],
    ["for programs", ["--json"], "was kept: it is named by the catalog where it lies"],
    ["quietly", ["--quiet"], "stored, not moved  1"],
  ])("says which files it could not move, %s", async (_how, flags, expected) => {
    const path = join(folder.path, "single.txt");
    await add("single.txt", "--into", "none");
    // Its row names it where it lies, and has other bytes.
    await writeFile(path, "changed");
    const { exitCode, stdout, stderr } = await add("single.txt", "--artifact-id", "x", "--into", "move", ...flags);
    expect(exitCode).toBe(3);
    expect(stdout + stderr).toContain(expected);
    expect(await readFile(path, "utf8")).toBe("changed");
  });
});

describe("add without a catalog", () => {
  const DISABLED = ["--set", "catalog=false", ...CAS];

  it("stores files, and registers nothing", async () => {
    const { exitCode, stdout } = await add("papers", "-r", ...DISABLED);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^stored +3, /m);
    expect(stdout).toMatch(/^deduplicated +1$/m);
    expect(stdout).toContain("The catalog is disabled: files were stored, none registered.");
    expect(stdout).not.toContain("Next:");
    expect(await stored()).toHaveLength(3);
    await expect(access(join(folder.path, "state"))).rejects.toThrow();
  });

  it("has nowhere to register files where they lie", async () => {
    const { exitCode, stderr } = await add("single.txt", "--into", "none", ...DISABLED);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("it is disabled by flag --set catalog")]);
  });
});

describe("add of files", () => {
  it("stores what is named, says what it did, and leaves the sources alone", async () => {
    await chmod(join(folder.path, "single.txt"), 0o640);
    const before = await lstat(join(folder.path, "single.txt"));
    const { exitCode, stdout, stderr } = await add("single.txt", "papers/a.txt");
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^files +2$/m);
    expect(stdout).toMatch(/^stored +2, 11 B$/m);
    expect(stdout).toMatch(/\nNext: catalog dedup-report\n$/);
    expect(await documents()).toEqual([
      expect.objectContaining({
        id: 1,
        artifact_id: "file:single.txt",
        source_url: pathToFileURL(join(folder.path, "single.txt")).href,
        resolver: "local",
        sha256: hashOf("single"),
        bytes: 6,
      }),
      expect.objectContaining({ id: 2, artifact_id: "file:a.txt" }),
    ]);
    const after = await lstat(join(folder.path, "single.txt"));
    expect([after.mode, after.mtimeMs, after.ino, after.nlink]).toEqual([before.mode, before.mtimeMs, before.ino, 1]);
  });

  it("takes what is said about a single file", async () => {
    const said = ["--artifact-id", "doi:1", "--source-url", "https://e.org/x", "--resolver", "me", "--run-id", "r1"];
    expect((await add("single.txt", ...said, "--content-type", "Text/Plain", "--into", "move")).exitCode).toBe(0);
    expect(await documents()).toEqual([
      expect.objectContaining({
        artifact_id: "doi:1",
        source_url: "https://e.org/x",
        resolver: "me",
        run_id: "r1",
        content_type: "text/plain",
      }),
    ]);
    await expect(access(join(folder.path, "single.txt"))).rejects.toThrow();
  });

  it("registers files where they lie, hardlinks them, and says what it found", async () => {
    expect((await add("single.txt", "--into", "none", "--json")).lines[0]).toMatchObject({ registered: 1, stored: 0 });
    expect(await documents()).toEqual([
      expect.objectContaining({ storage_uri: pathToFileURL(join(folder.path, "single.txt")).href, bytes: 6 }),
    ]);
    expect((await add("single.txt", "--into", "none", "--json")).lines[0]).toMatchObject({ registered: 0, found: 1 });
    expect((await add("papers/a.txt", "--into", "hardlink")).exitCode).toBe(0);
    expect((await lstat(join(folder.path, "papers/a.txt"))).nlink).toBe(2);
  });

  it("reports changed contents with 3, and does what --on-change says", async () => {
    await add("single.txt");
    await writeFile(join(folder.path, "single.txt"), "changed\u001b");
    const kept = await add("single.txt");
    expect([kept.exitCode, kept.stderr]).toEqual([3, expect.stringMatching(/^changed: .*they were kept.*\n$/)]);
    expect(kept.stdout).toContain("--on-change");
    expect((await add("single.txt", "--on-change", "variant", "--json")).lines).toEqual([
      expect.objectContaining({ type: "finding", kind: "changed", path: join(folder.path, "single.txt") }),
      expect.objectContaining({ type: "summary", variants: 1, stored: 1, findings: 1 }),
    ]);
    const replaced = await add("single.txt", "--on-change", "replace");
    expect(replaced.stderr).toContain("were replaced");
    expect((await add("single.txt")).exitCode).toBe(0);
  });
});

describe("add of folders", () => {
  it("takes everything below, in order, and counts what it leaves out", async () => {
    await symlink("a.txt", join(folder.path, "papers/link"));
    const { exitCode, stdout } = await add("-r", "papers/", ...CAS);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^skipped symlinks +1$/m);
    expect(stdout).toMatch(/^deduplicated +1$/m);
    expect((await documents()).map((each) => each["artifact_id"])).toEqual([
      "file:papers/.hidden",
      "file:papers/a.txt",
      "file:papers/sub/a2.txt",
      "file:papers/sub/b.txt",
    ]);
    expect(await stored()).toHaveLength(3);
    // From elsewhere it is the same.
    await mkdir(join(folder.path, "else"));
    const argv = ["add", "-r", "../papers", "--json", ...CAS, "--root", "../data/docs"];
    const again = await runCli(join(folder.path, "else"), [...argv, "--catalog", "../state/catalog.sqlite"]);
    expect(again.lines.at(-1)).toMatchObject({ found: 4, documents: 0, stored: 0 });
  });

  it("leaves out the root and the catalog itself", async () => {
    await add("single.txt");
    const { lines } = await add("-r", ".", "--json");
    expect(lines.at(-1)).toMatchObject({ files: 5, documents: 4, found: 1, failed: 0 });
    expect(lines.at(-1)?.["own"]).toBeGreaterThanOrEqual(2);
    expect((await documents()).filter((each) => String(each["artifact_id"]).includes("state/"))).toEqual([]);
  });

  it("reports names that are not valid UTF-8, and adds the rest", async () => {
    const name = Buffer.concat([Buffer.from(join(folder.path, "papers/x")), Buffer.from([0xff])]);
    await writeFile(name, "odd");
    const { exitCode, stderr, stdout } = await add("-r", "papers");
    expect([exitCode, stderr]).toEqual([3, expect.stringMatching(/^unusable: .*not valid UTF-8.*\n$/)]);
    expect(stdout).toMatch(/^failed +1$/m);
    expect(await documents()).toHaveLength(4);
  });

  it("takes names that only look as if they were not valid", async () => {
    await writeFiles(folder.path, { "papers/\ufffd.txt": "valid", "papers/a b%c#?.txt": "odd" });
    expect((await add("-r", "papers", "--json")).lines.at(-1)).toMatchObject({ files: 6, failed: 0 });
    expect((await add("-r", "papers", "--into", "none", "--json")).lines.at(-1)).toMatchObject({ found: 6 });
  });

  it("ends with 130 when it is interrupted, with whole files only", async () => {
    let interrupt = (): void => {};
    const result = await runCli(folder.path, ["add", "-r", "papers"], {
      onInterrupt: (callback) => {
        interrupt = callback;
      },
      openCatalog: async ({ settings, mode, logger }) => {
        const { openNodeCatalog } = await import("../../../src/hosts/node.ts");
        const catalog = await openNodeCatalog(settings, mode, { logger });
        interrupt();
        return catalog;
      },
    });
    expect(result).toMatchObject({ exitCode: 130, stdout: "" });
    expect((await add("-r", "papers", "--json")).lines.at(-1)).toMatchObject({ files: 4 });
  });
});

describe("add that cannot be done", () => {
  it.each([
    [["papers"], 'Cannot add "papers": it is a folder', "-r"],
    [["nope.txt"], "there is no such file or folder", "Check"],
    [["single.txt", "papers/a.txt", "--artifact-id", "x"], "--artifact-id with 2 paths", "by itself"],
    [["-r", "papers", "--source-url", "x"], "--source-url with --recursive", "by itself"],
    [["-"], "nothing says what it is", "--artifact-id"],
    [["-", "-"], "twice", undefined],
    [["https://user:hunter2@e.org/x"], "user name or password", "Fetch"],
    [["ftp://user:hunter2@e.org/x?token=hunter2"], "only http and https", "by its path"],
    [["file:///etc/hostname"], "only http and https", "by its path"],
    [["single.txt", "--artifact-id", "a\u0000b"], "NUL", undefined],
    [["http://[bad/?token=hunter2"], "it is no URL", undefined],
  ])("ends with 2 for %s, and creates nothing", async (argv, message, hint) => {
    const { exitCode, stderr } = await add(...argv);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
    if (hint !== undefined) expect(stderr).toContain(hint);
    expect(stderr).not.toContain("hunter2");
    await expect(access(join(folder.path, "state"))).rejects.toThrow();
  });

  it("follows a symlink that is named, but takes nothing away through it", async () => {
    await symlink("single.txt", join(folder.path, "link"));
    await symlink("nowhere", join(folder.path, "dangling"));
    await symlink("papers", join(folder.path, "shelf"));
    expect(await add("link", "--into", "move")).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining("symlink"),
    });
    expect(await add("dangling")).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("leads nowhere") });
    expect((await add("-r", "link", "shelf")).exitCode).toBe(0);
    expect((await documents()).map((each) => [each["artifact_id"], each["source_url"]]).slice(0, 2)).toEqual([
      ["file:link", pathToFileURL(join(folder.path, "single.txt")).href],
      ["file:shelf/.hidden", pathToFileURL(join(folder.path, "papers/.hidden")).href],
    ]);
  });

  it("refuses what lies in the root", async () => {
    await add("single.txt");
    const { exitCode, stderr } = await add("-r", "data/docs");
    expect([exitCode, stderr]).toEqual([4, expect.stringContaining("lies in the storage root")]);
  });
});

describeWith("mkfifo", "add of a pipe", (mkfifo) => {
  it("is refused without waiting for it", async () => {
    outputOf(mkfifo, [join(folder.path, "pipe")]);
    expect(await add("pipe")).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("special file") });
  });
});

describe("add of standard input", () => {
  it("needs an id, and stores what comes", async () => {
    const parts: Partial<CliHost> = { openStdin: () => new Blob(["piped"]).stream() };
    const result = await runCli(folder.path, ["add", "-", "--artifact-id", "doi:2"], parts);
    expect(result.exitCode).toBe(0);
    const [document] = await documents();
    expect(document).toMatchObject({ artifact_id: "doi:2", source_url: "stdin:", resolver: "stdin", bytes: 5 });
    expect(await readFile(new URL(String(document?.["storage_uri"])), "utf8")).toBe("piped");
  });
});

describe("add of URLs", () => {
  let server: Server;
  let base = "";

  beforeEach(async () => {
    server = createServer((request, response) => {
      if (request.url?.startsWith("/gone")) response.writeHead(410).end();
      else if (request.url?.startsWith("/cut")) {
        response.writeHead(200, { "content-length": "100" }).write("half");
        setTimeout(() => response.destroy(), 20);
      } else response.writeHead(200, { "content-type": "text/csv" }).end("a,b\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    base = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  });

  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it("stores what they give", async () => {
    expect((await add(`${base}/data.csv?page=2#top`)).exitCode).toBe(0);
    const url = `${base}/data.csv?page=2`;
    expect(await documents()).toEqual([
      expect.objectContaining({
        artifact_id: `url:${url}`,
        source_url: url,
        resolver: "http",
        content_type: "text/csv",
      }),
    ]);
  });

  it("keeps what signs a URL out of the id and out of what it prints", async () => {
    const signed = "X-Amz-Date=1&X-Amz-Signature=hunter2&page=3";
    expect((await add(`${base}/data.csv?${signed}`)).exitCode).toBe(0);
    expect((await documents())[0]).toMatchObject({ artifact_id: `url:${base}/data.csv?page=3` });
    const { exitCode, stderr, stdout } = await add(`${base}/gone?${signed}`, `${base}/cut?token=hunter2`, "--verbose");
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/refused: Cannot add "http:[^"]*\/gone\?\.\.\.": the response has status 410/);
    expect(stderr).toMatch(/unavailable: Cannot add "http:[^"]*\/cut\?\.\.\.": the source failed/);
    expect(stderr + stdout).not.toContain("hunter2");
    expect(await documents()).toHaveLength(1);
  });

  it("reports one that nobody answers", async () => {
    const { exitCode, stderr } = await add("http://127.0.0.1:1/x?sig=hunter2");
    expect([exitCode, stderr]).toEqual([3, expect.stringMatching(/^unavailable: .*does not answer \(\w+/)]);
    expect(stderr).not.toContain("hunter2");
  });
});

describe("the setting on_change", () => {
  it.each([
    ["keep", 3, { kept: 1, stored: 0 }],
    ["replace", 3, { replaced: 1, stored: 1 }],
    ["variant", 3, { variants: 1, stored: 1 }],
  ])("%s says what becomes of a file that changed, as long as no flag does", async (onChange, exitCode, counts) => {
    const setting = ["--set", `catalog.on_change=${onChange}`, "--json"];
    await add("single.txt", ...setting);
    await writeFile(join(folder.path, "single.txt"), "changed");
    const other = onChange === "keep" ? "replace" : "keep";
    await add("papers", "-r", ...setting, "--on-change", other);
    const { lines, exitCode: actual } = await add("single.txt", ...setting);
    expect([actual, lines.at(-1)]).toEqual([exitCode, expect.objectContaining(counts)]);
    await writeFile(join(folder.path, "single.txt"), "changed again");
    const flagged = await add("single.txt", ...setting, "--on-change", other);
    expect(flagged.lines.at(-1)).toMatchObject(other === "keep" ? { kept: 1 } : { replaced: 1 });
  });
});
