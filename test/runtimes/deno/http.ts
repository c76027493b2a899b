import { createNodeHttp } from "../../../src/adapters/http/node.ts";
import { testHttp } from "../http/http-cases.ts";
import { runner } from "./runner.ts";

/* deno test --allow-net=127.0.0.1,localhost: nothing else is needed to download. */

testHttp(runner, "deno", createNodeHttp());
