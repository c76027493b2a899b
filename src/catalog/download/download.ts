import { isPublishedIn, parseContentCodings, publishedType } from "../../core/http/content-coding.ts";
import { nameInDisposition, nameInUrl } from "../../core/http/file-names.ts";
import { findRedirect } from "../../core/http/redirect.ts";
import { quote } from "../../core/messages/quote.ts";
import { CatalogError } from "../../errors.ts";
import type { Http, HttpAnswer } from "../../ports/http.ts";
import type { CallOptions } from "../call-options.ts";

/** The bytes as they are, please. Some servers ask who it is before they answer. */
const HEADERS = { accept: "*/*", "accept-encoding": "identity", "user-agent": "content-catalog" };

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
    const answer = await http.get(at, { headers: HEADERS, signal });
    const redirect = findRedirect({ status: answer.status, location: answer.headers["location"] }, visited);
    if (redirect === undefined) return toResponse(http, answer, { name, visited });
    await leave(answer);
    if ("refusal" in redirect) throw refused(name, redirect.refusal);
    visited.push(redirect.url);
  }
}

/** What goes to a server: no fragment, and nobody's name. */
function withoutParts(url: URL): URL {
  const plain = new URL(url);
  for (const part of ["hash", "username", "password"] as const) plain[part] = "";
  return plain;
}

async function toResponse(
  http: Http,
  answer: HttpAnswer,
  { name, visited }: { readonly name: string; readonly visited: readonly URL[] },
): Promise<Response> {
  const { status, headers } = answer;
  // A Response has no others.
  if (status < 200 || status > 599) {
    await leave(answer);
    throw refused(name, `the response has status ${status}`);
  }
  const init = { status, statusText: /^[\t -~]*$/.test(answer.statusText) ? answer.statusText : "" };
  if (NULL_BODY.has(status)) return new Response(await leave(answer), init);
  // Nobody reads the body of a failure.
  if (status > 299) return new Response(answer.body, init);
  const disposition = nameInDisposition(headers["content-disposition"]);
  const names = [...visited.map(nameInUrl), ...(disposition === undefined ? [] : [disposition])];
  try {
    const { body, said } = await undoCodings(http, answer, { name, names });
    return new Response(body, { ...init, headers: said });
  } catch (error) {
    await leave(answer);
    throw error;
  }
}

/** The body with every coding undone but one that belongs to the file, and what is said about it then. */
async function undoCodings(
  http: Http,
  { headers, body: sent }: HttpAnswer,
  { name, names }: { readonly name: string; readonly names: readonly string[] },
): Promise<{ body: ReadableStream<Uint8Array>; said: Record<string, string> }> {
  const { "content-type": contentType, "content-length": length } = headers;
  const codings = parseContentCodings(headers["content-encoding"]);
  const [first] = codings;
  const published = first !== undefined && isPublishedIn(first, { names, contentType }) ? first : undefined;
  const others = published === undefined ? codings : codings.slice(1);
  let body = sent;
  for (const coding of [...others].reverse()) {
    const decoder = await http.findDecoder(coding);
    if (decoder === undefined) {
      throw refused(name, `the response has the content coding ${quote(coding, 40)}, which cannot be decoded here`);
    }
    body = decoder.decode(body);
  }
  if (published !== undefined) body = (await http.findDecoder(published))?.check(body) ?? body;
  const type = published === undefined ? contentType : publishedType(published, contentType);
  const said = {
    ...(type !== undefined && { "content-type": type }),
    ...(length !== undefined && others.length === 0 && { "content-length": length }),
  };
  return { body, said };
}

/** Nothing more is expected from the answer. */
async function leave({ body }: HttpAnswer): Promise<null> {
  await Promise.allSettled([body.locked ? undefined : body.cancel()]);
  return null;
}

function refused(name: string, reason: string): CatalogError {
  return new CatalogError("REFUSED", `Cannot fetch ${quote(name)}: ${reason}`, {
    details: { guard: "response" },
    hint: "Nothing was stored; fetch it with another program if it is what you want, and add the file.",
  });
}
