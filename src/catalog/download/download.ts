import { findRedirect } from "../../core/http/redirect.ts";
import type { Http, HttpAnswer } from "../../ports/http.ts";
import type { CallOptions } from "../call-options.ts";
import { refused, undoCodings } from "./undo-codings.ts";

/** The bytes as they are, please. Some servers ask who it is before they answer. */
export const DOWNLOAD_HEADERS: Readonly<Record<string, string>> = {
  accept: "*/*",
  "accept-encoding": "identity",
  "user-agent": "content-catalog",
};

/** Statuses whose Response has no body. */
const NULL_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Options of {@link download}. */
export interface DownloadOptions extends CallOptions {
  /** What the URL is called in messages, without secrets. */
  readonly name: string;
}

/**
 * Asks for what is at a URL, and follows redirects. The body of the Response ends by an error unless it is whole: as
 * long as was announced, and decoded to the end where the server encoded it all the same. What was published in a
 * coding, like a `.tar.gz`, comes as it was published.
 * @throws {CatalogError} REFUSED for a redirect that is not followed, or a coding that cannot be decoded
 */
export async function download(http: Http, url: URL, options: DownloadOptions): Promise<Response> {
  const { name, signal } = options;
  const visited = [withoutParts(url)];
  for (;;) {
    const at = visited.at(-1) ?? url;
    const answer = await http.get(at, { headers: DOWNLOAD_HEADERS, signal });
    const redirect = findRedirect({ status: answer.status, location: answer.headers["location"] }, visited);
    if (redirect === undefined) return toResponse(http, answer, { name, visited });
    await leave(answer);
    if ("refusal" in redirect) throw refused(name, redirect.refusal);
    visited.push(redirect.url);
  }
}

/** What goes to a server: no fragment, and nobody's name. */
export function withoutParts(url: URL): URL {
  const plain = new URL(url);
  for (const part of ["hash", "username", "password"] as const) plain[part] = "";
  return plain;
}

async function toResponse(
  http: Http,
  answer: HttpAnswer,
  { name, visited }: { readonly name: string; readonly visited: readonly URL[] },
): Promise<Response> {
  const { status } = answer;
  // A Response has no others.
  if (status < 200 || status > 599) {
    await leave(answer);
    throw refused(name, `the response has status ${status}`);
  }
  const init = { status, statusText: /^[\t -~]*$/.test(answer.statusText) ? answer.statusText : "" };
  if (NULL_BODY.has(status)) return new Response(await leave(answer), init);
  // Nobody reads the body of a failure.
  if (status > 299) return new Response(answer.body, init);
  try {
    const { body, said } = await undoCodings(http, answer, { name, visited });
    return new Response(body, { ...init, headers: said });
  } catch (error) {
    await leave(answer);
    throw error;
  }
}

/** Nothing more is expected from the answer. */
export async function leave({ body }: Pick<HttpAnswer, "body">): Promise<null> {
  await Promise.allSettled([body.locked ? undefined : body.cancel()]);
  return null;
}
