/** Changes with what a page and its worker say to each other. */
export const PROTOCOL = 2;

/** The first message to a worker; the second end of a channel comes with it. */
export interface Greeting {
  /** The {@link PROTOCOL} of the page. */
  readonly contentCatalog: number;
}

/** Whether a message is a greeting, of whichever version. */
export function isGreeting(data: unknown): data is Greeting {
  return typeof data === "object" && data !== null && "contentCatalog" in data;
}
