import { isGlobalAddress } from "../../../core/http/global-address.ts";
import { findRedirect } from "../../../core/http/redirect.ts";
import { parseRetryAfter } from "../../../core/http/retry-after.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import type { Http, HttpAnswer } from "../../../ports/http.ts";
import type { CallOptions } from "../../call-options.ts";
import { onAbort } from "../../concurrency/on-abort.ts";
import { withinTime } from "../../concurrency/within-time.ts";
import type { CatalogContext } from "../../context.ts";
import { DOWNLOAD_HEADERS, withoutParts } from "../../download/download.ts";
import { type UndoneCodings, undoCodings } from "../../download/undo-codings.ts";
import { readAll } from "../../placing/stage-content.ts";
import { describeFetchError, type FetchFailure } from "./fetch-failure.ts";
import { guardBody } from "./guard-body.ts";
import { HostPacer, type Patience } from "./host-pacer.ts";

/** Redirects that are followed. */
const MAX_REDIRECTS = 5;

/** A source is waited for so long in all, in milliseconds, because its hosts want to be left alone. */
const MAX_PATIENCE_MS = 60_000;

/** A source is asked so often that says to come back later. */
const MAX_TRIES = 3;

/** So long, in milliseconds, nothing may come. */
const IDLE_MS = 120_000;

/** What a coding may add to bytes. */
const CODING_BYTES = 65_536;

/** What is wanted of a source. */
export interface FetchRequest extends CallOptions {
  /** How many bytes they are: no more are read. */
  readonly bytes: number;
  /** Nor are fewer, where that is said before they come. @default true */
  readonly exact?: boolean | undefined;
  /** Whether addresses may be asked that not everybody can reach. */
  readonly allowPrivate: boolean;
}

/** What {@link SourceFetcher.fetch} gives: what was made of the bytes, or why there are none. */
export type Fetched<Value> = { readonly kind: "read"; readonly value: Value } | FetchFailure;

/** Takes bytes as they come. Whoever throws in there stops them. */
export type TakeBytes<Value> = (chunks: AsyncIterable<Uint8Array>) => Promise<Value>;

/**
 * Asks for what is at URLs that come from anywhere: only by http and https, without credentials, over few redirects that
 * never leave https, at public addresses, politely, and never for longer or for more bytes than is known to be needed.
 */
export class SourceFetcher {
  readonly #context: Pick<CatalogContext, "clock" | "openHttp">;
  readonly #pacer: HostPacer;
  #http: Promise<Http> | undefined;

  /** Has asked nobody yet. */
  constructor(context: Pick<CatalogContext, "clock" | "openHttp">) {
    this.#context = context;
    this.#pacer = new HostPacer(context.clock);
  }

  /**
   * Gives the bytes at a URL to `take`, and what that makes of them when they are whole, as far as the server tells. There
   * are never more of them than wanted, but there may be fewer, and others. What `take` throws is thrown.
   */
  async fetch<Value>(source: string, request: FetchRequest, take: TakeBytes<Value>): Promise<Fetched<Value>> {
    const url = parseWebUrl(source);
    if (url === undefined) return { kind: "refused", message: "only http and https are fetched" };
    const { clock, openHttp } = this.#context;
    if (openHttp === undefined) return { kind: "refused", message: "nothing can be fetched in this runtime" };
    this.#http ??= openHttp();
    const parts = { http: await this.#http, clock, pacer: this.#pacer };
    return new SourceRequest({ ...parts, ...request, url }, take).run();
  }
}

/** The URL of a source that can be asked over HTTP; `undefined` for any other. */
export function parseWebUrl(source: string): URL | undefined {
  const url = URL.canParse(source) ? new URL(source) : undefined;
  return url?.protocol === "http:" || url?.protocol === "https:" ? url : undefined;
}

interface SourceRequestOptions extends FetchRequest {
  readonly http: Http;
  readonly clock: CatalogContext["clock"];
  readonly pacer: HostPacer;
  readonly url: URL;
}

/** What became of one request: it leads elsewhere, or is to be made again, or is all. */
type Step<Value> = { readonly next: URL } | { readonly retryMs: number } | { readonly done: Fetched<Value> };

/** One source that is asked, with all redirects. */
class SourceRequest<Value> {
  readonly #options: SourceRequestOptions;
  readonly #take: TakeBytes<Value>;
  readonly #visited: URL[];
  /** The last of them. */
  #at: URL;
  readonly #patience: Patience = { leftMs: MAX_PATIENCE_MS };
  /** Why there are no more bytes; what takes them ends by an error then. */
  #failure: FetchFailure | undefined;

  constructor(options: SourceRequestOptions, take: TakeBytes<Value>) {
    this.#options = options;
    this.#take = take;
    this.#at = withoutParts(options.url);
    this.#visited = [this.#at];
  }

  async run(): Promise<Fetched<Value>> {
    const { pacer, signal } = this.#options;
    for (let tries = 1; tries <= MAX_TRIES; ) {
      const at = this.#at;
      const step = await pacer.run(at.hostname, { signal, patience: this.#patience }, () => this.#ask(at));
      if (step === undefined) break;
      if ("done" in step) return step.done;
      if ("next" in step) {
        this.#at = step.next;
        this.#visited.push(step.next);
      } else {
        pacer.defer(at.hostname, step.retryMs);
        tries += 1;
      }
    }
    return { kind: "unavailable", message: "its host wants to be asked later" };
  }

  async #ask(at: URL): Promise<Step<Value>> {
    const { signal } = this.#options;
    const connection = new AbortController();
    const forget = signal && onAbort(signal, () => connection.abort(signal.reason));
    try {
      const answer = await this.#get(at, connection.signal);
      return "kind" in answer ? { done: answer } : await this.#look(answer);
    } finally {
      forget?.();
      // Nothing more is expected, whatever was not read.
      connection.abort();
    }
  }

  async #get(at: URL, connection: AbortSignal): Promise<HttpAnswer | FetchFailure> {
    const { http, allowPrivate, signal } = this.#options;
    const allowsAddress = allowPrivate ? undefined : isGlobalAddress;
    try {
      return await this.#wait(http.get(at, { headers: DOWNLOAD_HEADERS, signal: connection, allowsAddress }));
    } catch (error) {
      signal?.throwIfAborted();
      return describeFetchError(error, at);
    }
  }

  #wait<Pending>(pending: Promise<Pending>): Promise<Pending> {
    const { clock, signal } = this.#options;
    const expired = (): Error => new Error(`nothing came from it for ${IDLE_MS / 1000} seconds`);
    return withinTime(pending, { clock, signal, timeoutMs: IDLE_MS }, expired);
  }

  async #look(answer: HttpAnswer): Promise<Step<Value>> {
    const { status, headers } = answer;
    const redirect = findRedirect({ status, location: headers["location"] }, this.#visited, {
      maxRedirects: MAX_REDIRECTS,
    });
    if (redirect !== undefined) {
      return "url" in redirect
        ? { next: redirect.url }
        : { done: { kind: "refused", message: cleanSecrets(redirect.refusal) } };
    }
    if (status === 200 || status === 203) return { done: await this.#read(answer) };
    const message = `the response has status ${status}`;
    if (status === 404 || status === 410) return { done: { kind: "gone", message } };
    const isLater = status === 429 || status === 503;
    const retryMs = isLater ? parseRetryAfter(headers["retry-after"], this.#options.clock.now()) : undefined;
    return retryMs === undefined ? { done: { kind: "unavailable", message } } : { retryMs };
  }

  async #read(answer: HttpAnswer): Promise<Fetched<Value>> {
    const { bytes, exact = true } = this.#options;
    const undone = await this.#undo(answer);
    if ("kind" in undone) return undone;
    const announced = Number(undone.said["content-length"] ?? bytes);
    if (exact ? announced !== bytes : announced > bytes) {
      return { kind: "other_size", message: `it has ${announced} bytes, ${bytes} are ${this.#limit()}` };
    }
    try {
      return { kind: "read", value: await this.#take(this.#chunksOf(undone.body)) };
    } catch (error) {
      if (this.#failure !== undefined) return this.#failure;
      throw error;
    }
  }

  async #undo({ headers, body }: HttpAnswer): Promise<UndoneCodings | FetchFailure> {
    const { http, url, bytes } = this.#options;
    const guarded = guardBody(body, {
      wait: (pending) => this.#wait(pending),
      check: (sent) => this.#checkSize(sent, 2 * bytes + CODING_BYTES),
    });
    try {
      const name = cleanSecrets(url.href);
      return await undoCodings(http, { headers, body: guarded }, { name, visited: this.#visited });
    } catch (error) {
      return describeFetchError(error, this.#at);
    }
  }

  async *#chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    let total = 0;
    try {
      for await (const chunk of readAll(body)) {
        total += chunk.byteLength;
        this.#checkSize(total, this.#options.bytes);
        yield chunk;
      }
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      this.#failure ??= describeFetchError(error, this.#at);
      throw error;
    }
  }

  #checkSize(bytes: number, limit: number): void {
    if (bytes <= limit) return;
    const message = `it has more than the ${this.#options.bytes} bytes that are ${this.#limit()}`;
    this.#failure ??= { kind: "other_size", message };
    throw new Error(message);
  }

  #limit(): string {
    return this.#options.exact === false ? "allowed" : "on record";
  }
}
