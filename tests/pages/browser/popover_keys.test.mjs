// Which keys lead out of a popover.

import assert from "node:assert/strict";
import { test } from "node:test";

import { leaves } from "../../../pages/components/editor/popover_keys.mjs";

test("Escape leads out from anywhere", () => {
  for (const place of [0, 1, 2]) assert.equal(leaves({ key: "Escape" }, place, 3), true);
});

test("Tab leads out behind the last field, and with Shift before the first", () => {
  const forwards = [0, 1, 2].map((place) => leaves({ key: "Tab", shiftKey: false }, place, 3));
  const backwards = [0, 1, 2].map((place) => leaves({ key: "Tab", shiftKey: true }, place, 3));
  assert.deepEqual([forwards, backwards], [[false, false, true], [true, false, false]]);
});

test("other keys stay", () => {
  for (const key of ["Enter", "ArrowDown", "a"]) assert.equal(leaves({ key, shiftKey: false }, 2, 3), false);
});
