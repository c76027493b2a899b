import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** A server of this machine that gives downloads, good ones and others. */
export interface DownloadServer {
  readonly origin: string;
  /** How often each path was asked for. */
  readonly requests: ReadonlyMap<string, number>;
  /** The most requests that were answered at once. */
  mostAtOnce(): number;
  close(): void;
}

/** What a path answers, told how often it was asked for. */
export type Answer = (response: ServerResponse, times: number) => void;

/** Starts a server for these paths; others answer 404. */
export async function serveDownloads(answers: Readonly<Record<string, Answer>>): Promise<DownloadServer> {
  const requests = new Map<string, number>();
  let atOnce = 0;
  let most = 0;
  const answer = ({ url = "" }: IncomingMessage, response: ServerResponse): void => {
    const times = (requests.get(url) ?? 0) + 1;
    requests.set(url, times);
    atOnce += 1;
    most = Math.max(most, atOnce);
    response.once("close", () => {
      atOnce -= 1;
    });
    const known = answers[url];
    if (known === undefined) response.writeHead(404).end();
    else known(response, times);
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    origin: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    requests,
    mostAtOnce: () => most,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Gives a text at once. */
export function giving(text: string): Answer {
  return (response) => response.writeHead(200, { "content-type": "text/plain" }).end(text);
}

/** Gives a text when so many ask for it at once, and to nobody before. */
export function givingTogether(text: string, count: number): Answer {
  const waiting: ServerResponse[] = [];
  return (response) => {
    waiting.push(response);
    if (waiting.length === count) for (const each of waiting) giving(text)(each, 1);
  };
}
