import { RemoteCaller, type ServedMethods, servePort } from "../../../src/adapters/remote/channel.ts";

const open = new Set<MessageChannel>();

/** Serves methods at one end of a channel, and gives what calls them at the other. */
export function connect<Methods extends ServedMethods<Methods>>(
  methods: Methods,
): { readonly caller: RemoteCaller; dispose(): Promise<void> } {
  const channel = new MessageChannel();
  open.add(channel);
  servePort(channel.port1, methods);
  const caller = new RemoteCaller(channel.port2);
  return {
    caller,
    dispose: async () => {
      caller.fail(new Error("the channel was closed"));
      channel.port1.close();
      open.delete(channel);
    },
  };
}

/** Closes the channels that nobody disposed of. */
export function closeAll(): void {
  for (const { port1, port2 } of open) {
    port1.close();
    port2.close();
  }
  open.clear();
}
