import { once } from "node:events";
import { mkdir, mkdtemp, realpath, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openCatalog } from "../../../src/hosts/node.ts";
import { auditAll } from "./_audit-world.ts";

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "audit-")));
});

afterEach(() => rm(folder, { recursive: true }));

it("tells what no blob can be, and follows rows through symlinks", async () => {
  const root = join(folder, "docs");
  const options = { catalog: { path: join(folder, "catalog.sqlite") }, storage: { rootDir: root } };
  const catalog = await openCatalog(options);
  const { record } = await catalog.ingest(new TextEncoder().encode("bytes"), {
    artifactId: "a",
    sourceUrl: "https://example.org/a.txt",
    resolver: "test",
  });
  await mkdir(join(root, "real"));
  await writeFile(join(root, "real", "b.txt"), "b");
  await symlink(join(root, "real"), join(root, "way"));
  await writeFile(Buffer.from(`${root}/caf\xe9`, "latin1"), "");
  const server = createServer().listen(join(root, "socket"));
  await once(server, "listening");
  const key = { artifactId: "b", sourceUrl: "https://example.org/b.txt", resolver: "test" };
  await catalog.registerOrGet({ ...key, bytes: 1, storageUri: `file://${root}/real/b.txt` });
  const { lines, findings } = await auditAll(catalog);
  expect([...lines].sort()).toEqual([
    `unknown special ${join(root, "socket")}`,
    `unknown symlink ${join(root, "way")}`,
    "unknown unnameable caf\ufffd",
  ]);
  expect(findings.find(({ reason }) => reason === "unnameable")?.message).toBe(
    '"caf\ufffd" has a name that no URI has',
  );
  await unlink(join(root, "real", "b.txt"));
  expect((await auditAll(catalog)).lines).toContain(`missing gone ${join(root, "real", "b.txt")} documents 2`);
  expect(record.id).toBe(1);
  server.close();
  await catalog.close();
});
