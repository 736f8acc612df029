// Where a member comes to stand that is dragged.

import assert from "node:assert/strict";
import { test } from "node:test";

import { placeOf } from "../../../pages/components/editor/member_drag.mjs";

const boxes = [0, 100, 200].map((top) => ({ top, bottom: top + 90 }));

test("it stands after those whose middle it passed", () => {
  assert.equal(placeOf(20, 1, boxes), 0);
  assert.equal(placeOf(120, 1, boxes), 1);
  assert.equal(placeOf(260, 1, boxes), 2);
  assert.equal(placeOf(500, 0, boxes), 2);
  assert.equal(placeOf(-50, 2, boxes), 0);
});
