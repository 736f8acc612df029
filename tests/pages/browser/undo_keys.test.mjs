// Which keys undo and redo in the team editor.

import assert from "node:assert/strict";
import { test } from "node:test";

import { meant } from "../../../pages/components/editor/undo_keys.mjs";

const keys = (key, held = {}) => meant({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

test("Ctrl+Z and Cmd+Z undo; with Shift, and Ctrl+Y, they redo", () => {
  assert.equal(keys("z", { ctrlKey: true }), "undo");
  assert.equal(keys("z", { metaKey: true }), "undo");
  assert.equal(keys("Z", { ctrlKey: true, shiftKey: true }), "redo");
  assert.equal(keys("y", { ctrlKey: true }), "redo");
});

test("other keys mean nothing", () => {
  assert.equal(keys("z"), "");
  assert.equal(keys("z", { ctrlKey: true, altKey: true }), "");
  assert.equal(keys("Y", { ctrlKey: true, shiftKey: true }), "");
  assert.equal(keys("a", { ctrlKey: true }), "");
});
