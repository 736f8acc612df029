import assert from "node:assert/strict";
import { test } from "node:test";

import { placeFrom } from "../../../pages/components/transcript/finder.mjs";

test("the first place is the one at or after what is read, else the last", () => {
  assert.equal(placeFrom([3, 8, 20], 8), 1);
  assert.equal(placeFrom([3, 8, 20], 9), 2);
  assert.equal(placeFrom([3, 8, 20], 21), 2);
  assert.equal(placeFrom([3], 1), 0);
});
