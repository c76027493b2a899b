import { decodeError, encodeError, type WireError } from "./_wire.ts";

/** One end of a `MessageChannel`, as far as the adapters use it. */
export interface RemotePort {
  /** Sends a structured clone to the other end; what is in `transfer` is handed over instead of copied. */
  postMessage(message: unknown, transfer: Transferable[]): void;
  /** Calls the listener for each message, once the port is started. */
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  /** Delivers what came so far, and all that comes. */
  start(): void;
  /** Ends both ends: nothing is delivered any more. */
  close(): void;
}

/** What a call on the serving side works with. */
export interface ServedCall {
  /** Aborted when the caller's signal is. */
  readonly signal: AbortSignal;
  /** Makes further methods callable; the number is for {@link RemoteCaller.object}. */
  expose<Methods extends ServedMethods<Methods>>(methods: Methods): number;
  /** Ends what was exposed. */
  withdraw(target: number): void;
  /** Hands the memory of an answer over instead of copying it. */
  giveAway(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
}

/** Methods that can be called from the other side: each takes its arguments as a list. */
export type ServedMethods<Methods> = {
  readonly [Name in keyof Methods]: (values: never, call: ServedCall) => unknown;
};

/** The list of arguments that a served method takes. */
export type Values<Method> = Method extends (values: infer List, call: ServedCall) => unknown ? List : never;
/** What a served method answers, without the promise. */
export type Answer<Method> = Method extends (values: never, call: ServedCall) => infer Given ? Awaited<Given> : never;

interface CallMessage {
  readonly call: number;
  readonly target: number;
  readonly method: string;
  readonly values: unknown;
}

type Message =
  | CallMessage
  | { readonly abort: number }
  | { readonly forget: number }
  | { readonly reply: number; readonly value: unknown }
  | { readonly reply: number; readonly failure: WireError; readonly aborted: boolean };

/** The first object, which is there from the start. */
const ROOT_TARGET = 0;

/** Serves the methods of `root`, and of what calls expose, to the other end of `port`. */
export function servePort<Methods extends ServedMethods<Methods>>(port: RemotePort, root: Methods): void {
  const server = new PortServer(port);
  server.expose(root);
  port.addEventListener("message", ({ data }) => server.receive(data as Message));
  port.start();
}

type AnyMethod = (values: unknown, call: ServedCall) => unknown;

class PortServer {
  readonly #port: RemotePort;
  readonly #targets = new Map<number, ReadonlyMap<string, AnyMethod>>();
  readonly #running = new Map<number, AbortController>();
  #nextTarget = ROOT_TARGET;

  constructor(port: RemotePort) {
    this.#port = port;
  }

  expose(methods: object): number {
    const target = this.#nextTarget;
    this.#nextTarget += 1;
    // A Map, so that nothing but these can be called by name.
    this.#targets.set(target, new Map<string, AnyMethod>(Object.entries(methods)));
    return target;
  }

  receive(message: Message): void {
    if ("call" in message) void this.#answer(message);
    else if ("abort" in message) this.#running.get(message.abort)?.abort();
    else if ("forget" in message) this.#targets.delete(message.forget);
  }

  async #answer({ call, target, method, values }: CallMessage): Promise<void> {
    const controller = new AbortController();
    const transfer: Transferable[] = [];
    this.#running.set(call, controller);
    try {
      const served = this.#targets.get(target)?.get(method);
      if (served === undefined) throw new TypeError(`Cannot call ${method}: the object is not there any more`);
      const value = await served(values, this.#callOf(controller.signal, transfer));
      this.#port.postMessage({ reply: call, value }, transfer);
    } catch (error) {
      const aborted = controller.signal.aborted && error === controller.signal.reason;
      this.#port.postMessage({ reply: call, failure: encodeError(error), aborted }, []);
    } finally {
      this.#running.delete(call);
    }
  }

  #callOf(signal: AbortSignal, transfer: Transferable[]): ServedCall {
    return {
      signal,
      expose: (methods) => this.expose(methods),
      withdraw: (target) => {
        this.#targets.delete(target);
      },
      giveAway: (bytes) => {
        transfer.push(bytes.buffer);
        return bytes;
      },
    };
  }
}

/** Options of a call. */
export interface RemoteCallOptions {
  /** Aborted, it aborts the signal of the method on the other side. */
  readonly signal?: AbortSignal | undefined;
  /** What is handed over instead of copied. */
  readonly transfer?: Transferable[] | undefined;
}

/** An object on the other side. */
export interface RemoteObject<Methods> {
  /** Calls a method there. @throws what the method throws there; `signal.reason` when that ended it */
  call<Name extends keyof Methods & string>(
    method: Name,
    values: Values<Methods[Name]>,
    options?: RemoteCallOptions,
  ): Promise<Answer<Methods[Name]>>;
  /** Says that it will not be called any more. */
  forget(): void;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  readonly signal: AbortSignal | undefined;
}

/** Calls what {@link servePort} serves at the other end of a port. */
export class RemoteCaller {
  readonly #port: RemotePort;
  readonly #pending = new Map<number, Pending>();
  #nextCall = 0;
  #failure: { readonly error: unknown } | undefined;

  /** Listens to the answers that come through `port`. */
  constructor(port: RemotePort) {
    this.#port = port;
    port.addEventListener("message", ({ data }) => this.#receive(data as Message));
    port.start();
  }

  /** The object that was served first, or another that a call exposed. */
  object<Methods>(target: number = ROOT_TARGET): RemoteObject<Methods> {
    return {
      call: (method, values, options) => this.#call({ target, method, values }, options) as never,
      forget: () => {
        if (this.#failure === undefined) this.#port.postMessage({ forget: target }, []);
      },
    };
  }

  /** Fails all calls, those to come and those that wait for an answer, which will not come. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#port.close();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  async #call(message: Omit<CallMessage, "call">, options: RemoteCallOptions = {}): Promise<unknown> {
    const { signal, transfer = [] } = options;
    signal?.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure.error;
    const call = this.#nextCall;
    this.#nextCall += 1;
    const abort = (): void => this.#port.postMessage({ abort: call }, []);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        this.#port.postMessage({ call, ...message }, transfer);
        this.#pending.set(call, { resolve, reject, signal });
      });
    } finally {
      // A signal outlives many calls; without this each would leave its listener behind.
      signal?.removeEventListener("abort", abort);
    }
  }

  #receive(message: Message): void {
    if (!("reply" in message)) return;
    const pending = this.#pending.get(message.reply);
    this.#pending.delete(message.reply);
    if ("value" in message) pending?.resolve(message.value);
    else pending?.reject(message.aborted ? pending.signal?.reason : decodeError(message.failure));
  }
}
