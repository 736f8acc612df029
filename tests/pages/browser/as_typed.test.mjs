import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.KeyboardEvent = class extends Event {
  constructor(type, options) {
    super(type, options);
    Object.assign(this, { key: options.key, ctrlKey: options.ctrlKey });
  }
};
const { handOver } = await import("../../../pages/components/decision/as_typed.mjs");

function heard(isArea, isConnected = true) {
  const found = [];
  handOver({ isConnected, matches: () => isArea, dispatchEvent: (event) => found.push([event.key, event.ctrlKey]) });
  return found;
}

test("a field hears Enter, a text of several lines Ctrl+Enter, one that is gone nothing", () => {
  assert.deepEqual(heard(false), [["Enter", false]]);
  assert.deepEqual(heard(true), [["Enter", true]]);
  assert.deepEqual(heard(true, false), []);
});
