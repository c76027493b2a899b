import { once } from "node:events";
import { createServer, type Socket } from "node:net";

/** What a server does with a request for one path. */
export interface RawAnswer {
  /** All of it, from the status line on; sent in these pieces. */
  readonly send: readonly (string | Uint8Array)[];
  /** What becomes of the connection afterwards. @default "end" */
  readonly after?: "end" | "reset" | "nothing" | undefined;
}

/** A server that sends what it is told, right or wrong. */
export interface RawServer {
  /** `http://127.0.0.1:PORT` */
  readonly base: string;
  /** The requests that came, as they came. */
  readonly requests: readonly string[];
  /** Connections that are open. */
  readonly open: () => number;
  close(): Promise<void>;
}

/** Starts a server on a free port of this machine. `answer` gets the path with its query. */
export async function startRawServer(answer: (path: string, base: string) => RawAnswer): Promise<RawServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    let request = "";
    socket.on("data", (data) => {
      request += data;
      if (!request.endsWith("\r\n\r\n")) return;
      requests.push(request);
      const path = /^GET (\S+)/.exec(request)?.[1] ?? "";
      void send(socket, answer(path, base));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const base = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  };
  return { base, requests, open: () => sockets.size, close };
}

async function send(socket: Socket, { send: pieces, after = "end" }: RawAnswer): Promise<void> {
  for (const piece of pieces) {
    await new Promise((resolve) => socket.write(piece, resolve));
    // Pieces arrive one by one.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  if (after === "end") socket.end();
  if (after === "reset") socket.resetAndDestroy();
}

/** Headers with status 200. */
export function head(...lines: readonly string[]): string {
  return ["HTTP/1.1 200 OK", "content-type: text/plain", ...lines, "", ""].join("\r\n");
}

/** A body in chunks, with its end. */
export function chunked(...chunks: readonly Uint8Array[]): readonly (string | Uint8Array)[] {
  return [...chunks.flatMap((chunk) => [`${chunk.byteLength.toString(16)}\r\n`, chunk, "\r\n"]), "0\r\n\r\n"];
}

/** An answer with as many bytes as it announces. */
export function whole(body: Uint8Array, ...lines: readonly string[]): RawAnswer {
  return { send: [head(`content-length: ${body.byteLength}`, ...lines), body] };
}
