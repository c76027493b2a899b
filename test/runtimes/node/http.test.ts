import { describe, it } from "vitest";
import { createNodeHttp } from "../../../src/adapters/http/node.ts";
import { testHttp } from "../http/http-cases.ts";

testHttp({ describe, it }, "node", createNodeHttp());
