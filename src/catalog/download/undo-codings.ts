import { isPublishedIn, parseContentCodings, publishedType } from "../../core/http/content-coding.ts";
import { nameInDisposition, nameInUrl } from "../../core/http/file-names.ts";
import { quote } from "../../core/messages/quote.ts";
import { CatalogError } from "../../errors.ts";
import type { Http, HttpAnswer } from "../../ports/http.ts";

/** The bytes that a server means, and what is said about them. */
export interface UndoneCodings {
  /** Ends by an error unless it is whole, and decoded to the end. */
  readonly body: ReadableStream<Uint8Array>;
  /** `content-type`, and `content-length` where that is how many bytes the body has. */
  readonly said: Record<string, string>;
}

/**
 * The body of an answer with every coding undone but one that belongs to the file, and what is said about it then.
 * @throws {CatalogError} REFUSED for a coding that cannot be decoded; the body was not touched
 */
export async function undoCodings(
  http: Http,
  { headers, body: sent }: Pick<HttpAnswer, "headers" | "body">,
  { name, visited }: { readonly name: string; readonly visited: readonly URL[] },
): Promise<UndoneCodings> {
  const { "content-type": contentType, "content-length": length } = headers;
  const disposition = nameInDisposition(headers["content-disposition"]);
  const names = [...visited.map(nameInUrl), ...(disposition === undefined ? [] : [disposition])];
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

/** What a server answered, or where it leads, is not what was asked for. */
export function refused(name: string, reason: string): CatalogError {
  return new CatalogError("REFUSED", `Cannot fetch ${quote(name)}: ${reason}`, {
    details: { guard: "response" },
    hint: "Nothing was stored; fetch it with another program if it is what you want, and add the file.",
  });
}
