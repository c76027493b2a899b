import type { Http } from "../../ports/http.ts";

/** The requests of `node.ts`, which is loaded only when somebody asks for it. */
export async function openNodeHttp(): Promise<Http> {
  return (await import("./node.ts")).createNodeHttp();
}
