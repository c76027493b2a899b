/**
 * The worker of `content-catalog/browser`: SQL engine, hasher and files of the pages that greet it.
 * @module
 */
import { serveCatalogs } from "./catalog-service.ts";
import { isGreeting } from "./greeting.ts";

addEventListener("message", ({ data, ports }: MessageEvent<unknown>) => {
  const [port] = ports;
  if (port !== undefined && isGreeting(data)) serveCatalogs(port, data);
});
