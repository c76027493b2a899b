import * as http from "node:http";
import * as https from "node:https";
import type { Http, HttpAnswer, HttpRequest } from "../../ports/http.ts";
import { streamOf } from "./_stream-of.ts";
import { CheckedConnection } from "./node-connection.ts";
import { findNodeDecoder } from "./node-decoder.ts";

/**
 * Requests by `node:http`, which Node, Deno and Bun have. Unlike `fetch` it tells when a body was cut off, and gives the
 * bytes as they were sent.
 */
export function createNodeHttp(): Http {
  return { get, findDecoder: findNodeDecoder };
}

async function get(url: URL, { headers, signal, allowsAddress }: HttpRequest): Promise<HttpAnswer> {
  signal?.throwIfAborted();
  const connection = allowsAddress && new CheckedConnection(url, allowsAddress);
  const exchange = new Exchange(url, { headers, connection });
  const abort = (): void => exchange.stop(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  exchange.onClose(() => signal?.removeEventListener("abort", abort));
  const answer = await exchange.answer();
  connection?.confirm(exchange);
  return answer;
}

/** One request with its answer. */
class Exchange {
  readonly #request: http.ClientRequest;
  /** The first thing that went wrong. */
  #failure: { readonly reason: unknown } | undefined;

  constructor(
    url: URL,
    options: { readonly headers: HttpRequest["headers"]; readonly connection: CheckedConnection | undefined },
  ) {
    const { headers, connection } = options;
    const { request } = url.protocol === "https:" ? https : http;
    this.#request = request(url, { headers, ...connection?.options });
    // What comes behind the end of a body must not be taken for the answer to somebody else.
    this.#request.shouldKeepAlive = false;
    this.#request.on("error", (error) => this.#fail(error));
  }

  onClose(callback: () => void): void {
    this.#request.once("close", callback);
  }

  /** Ends it at once, whatever it is at. */
  stop(reason: unknown): void {
    this.#fail(reason);
    this.#request.destroy();
  }

  answer(): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#request.once("close", () => reject(this.#reason("the connection was closed without an answer")));
      this.#request.once("upgrade", () => this.stop(new Error("the server wants another protocol")));
      this.#request.once("response", (message) => resolve(this.#toAnswer(message)));
      this.#request.end();
    });
  }

  #toAnswer(message: http.IncomingMessage): HttpAnswer {
    const { statusCode = 0, statusMessage = "", headers } = message;
    // Told again by the step that reads; without a listener it would end the process before.
    message.on("error", () => {});
    return {
      status: statusCode,
      statusText: statusMessage,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")])),
      body: streamOf(this.#read(message), (reason) => this.stop(reason)),
    };
  }

  async *#read(message: http.IncomingMessage): AsyncGenerator<Uint8Array, void, undefined> {
    const coding = message.headers["transfer-encoding"]?.trim().toLowerCase() ?? "chunked";
    if (coding !== "chunked") throw this.#stopped(new Error(`it has the transfer coding "${coding}"`));
    try {
      for await (const chunk of message) yield chunk;
    } catch (error) {
      throw this.#stopped(
        message.complete ? error : new Error("the connection was closed too early", { cause: error }),
      );
    }
    // A connection that broke, or gave more than was announced, is told to the request alone.
    if (this.#failure !== undefined) throw this.#failure.reason;
    if (!message.complete) throw this.#stopped(new Error("the connection was closed too early"));
  }

  #stopped(reason: unknown): unknown {
    this.stop(reason);
    return this.#reason("");
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
  }

  #reason(otherwise: string): unknown {
    return this.#failure === undefined ? new Error(otherwise) : this.#failure.reason;
  }
}
