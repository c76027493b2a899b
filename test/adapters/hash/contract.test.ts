import { describe, it } from "vitest";
import { createNativeHasher } from "../../../src/adapters/hash/native.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { testHasher } from "../../../src/testing/hasher-suite.ts";

testHasher({ describe, it }, "wasm", createWasmHasher);
testHasher({ describe, it }, "native", createNativeHasher);
