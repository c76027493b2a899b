import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { ROOT } from "../../package/built-package.ts";

/** A registry of packages on this machine. */
export interface Registry {
  readonly url: string;
  close(): void;
}

/**
 * Starts a registry that has the packed package, so that every package manager installs it as users do, by its name;
 * for what it depends on it sends them on to the registry that npm uses.
 */
export async function startRegistry(archivePath: string): Promise<Registry> {
  const upstream = execFileSync("npm", ["config", "get", "registry"], { cwd: ROOT, encoding: "utf8" }).trim();
  const archive = readFileSync(archivePath);
  const integrity = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
  const manifest = JSON.parse(readFileSync(`${ROOT}/package.json`, "utf8"));
  let url = "";
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    if (path === `/${manifest.name}`) {
      const dist = { tarball: `${url}/${manifest.name}.tgz`, integrity };
      const versions = { [manifest.version]: { ...manifest, dist } };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ name: manifest.name, "dist-tags": { latest: manifest.version }, versions }));
    } else if (path === `/${manifest.name}.tgz`) response.end(archive);
    else response.writeHead(302, { location: new URL(path.slice(1), upstream).href }).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Cannot tell the port of the registry");
  url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
