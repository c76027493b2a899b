/* Serves the files of a folder over HTTP at 127.0.0.1, until it is ended. Prints host and port. Argument: the folder. */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { basename, join } from "node:path";

const [folder = ""] = process.argv.slice(2);

const server = createServer((request, response) => {
  const path = join(folder, basename(new URL(request.url ?? "/", "http://localhost").pathname));
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() !== true) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "content-type": "text/plain", "content-length": stat.size });
  createReadStream(path).pipe(response);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") process.stdout.write(`127.0.0.1:${address.port}\n`);
});
