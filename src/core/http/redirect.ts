import { quote } from "../messages/quote.ts";

/** Redirects that are followed, as many as browsers do (Fetch Standard). */
export const MAX_REDIRECTS = 20;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where a redirect leads, or why it is not followed. */
export type Redirect = { readonly url: URL } | { readonly refusal: string };

/** Options of {@link findRedirect}. */
export interface RedirectOptions {
  /** How many are followed. @default as many as browsers follow */
  readonly maxRedirects?: number | undefined;
}

/**
 * Where an answer redirects to; `undefined` when it is no redirect. The target has no fragment, user name or password:
 * credentials never go on to another request.
 */
export function findRedirect(
  answer: { readonly status: number; readonly location: string | undefined },
  visited: readonly URL[],
  { maxRedirects = MAX_REDIRECTS }: RedirectOptions = {},
): Redirect | undefined {
  const { status, location } = answer;
  const from = visited.at(-1);
  if (!REDIRECTS.has(status) || location === undefined || from === undefined) return undefined;
  if (!URL.canParse(location, from)) return { refusal: "it redirects to what is no URL" };
  const url = new URL(location, from);
  for (const part of ["hash", "username", "password"] as const) url[part] = "";
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return { refusal: `it redirects to a URL with the scheme ${quote(url.protocol, 20)}` };
  }
  if (from.protocol === "https:" && url.protocol === "http:") {
    return { refusal: `it redirects from https to http, to the host ${quote(url.host)}` };
  }
  if (visited.some(({ href }) => href === url.href)) return { refusal: "it redirects in a circle" };
  if (visited.length > maxRedirects) return { refusal: `it redirects more than ${maxRedirects} times` };
  return { url };
}
