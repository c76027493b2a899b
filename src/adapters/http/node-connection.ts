import { type LookupAddress, lookup } from "node:dns";
import type { RequestOptions } from "node:https";
import * as net from "node:net";
import * as tls from "node:tls";
import { findLiteralAddress } from "../../core/http/global-address.ts";
import { quote } from "../../core/messages/quote.ts";
import { CatalogError } from "../../errors.ts";

type Allows = (address: string) => boolean;

/**
 * A connection of our own: only to an address that was asked about. An agent could have one to another address already,
 * and the environment a proxy.
 */
export class CheckedConnection {
  readonly #url: URL;
  readonly #allows: Allows;
  #used = false;

  /** Connects to nothing yet. @throws {CatalogError} REFUSED where the URL has an address itself that is not allowed */
  constructor(url: URL, allows: Allows) {
    this.#url = url;
    this.#allows = allows;
    const literal = findLiteralAddress(url);
    if (literal !== undefined && !allows(literal)) throw refused(url, literal);
  }

  /** What a request has to be given. */
  get options(): Pick<RequestOptions, "createConnection"> {
    return { createConnection: () => this.#connect() };
  }

  /**
   * To be called when there is an answer: it came over this connection, or `exchange` ends.
   * @throws {CatalogError} UNSUPPORTED when the runtime connected by itself
   */
  confirm(exchange: { stop(reason: unknown): void }): void {
    if (this.#used) return;
    const error = uncheckedError(this.#url);
    exchange.stop(error);
    throw error;
  }

  #connect(): net.Socket {
    this.#used = true;
    const { protocol, hostname, port } = this.#url;
    const literal = findLiteralAddress(this.#url);
    const to = { host: literal ?? hostname, lookup: this.#lookup };
    if (protocol !== "https:") return net.connect({ ...to, port: Number(port || 80) });
    const servername = literal === undefined ? hostname : "";
    return tls.connect({ ...to, port: Number(port || 443), servername, ALPNProtocols: ["http/1.1"] });
  }

  readonly #lookup: net.LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, all) => {
      const allowed = error === null ? all.filter(({ address }) => this.#allows(address)) : [];
      const [first] = allowed;
      if (error !== null) callback(error, "", 0);
      else if (first === undefined) callback(refused(this.#url, namesOf(all)), "", 0);
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function namesOf(all: readonly LookupAddress[]): string {
  return all.map(({ address }) => address).join(", ");
}

function refused({ hostname }: URL, address: string): CatalogError {
  const what = hostname.replace(/^\[|\]$/g, "") === address ? "" : `, ${address},`;
  return new CatalogError("REFUSED", `Cannot connect to ${quote(hostname)}: its address${what} is not allowed`, {
    details: { guard: "address" },
  });
}

function uncheckedError({ hostname }: URL): CatalogError {
  const what = "this runtime does not say which address it connects to";
  return new CatalogError("UNSUPPORTED", `Cannot connect to ${quote(hostname)}: ${what}`, {
    details: { what: "checking addresses" },
  });
}
