import { describe, it } from "bun:test";
import { createNodeHttp } from "../../../src/adapters/http/node.ts";
import { testHttp } from "../http/http-cases.ts";

testHttp({ describe, it }, "bun", createNodeHttp());
