import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.Element = class { constructor(tag) { this.tag = tag; } matches(what) { return what.split(", ").includes(this.tag); } };

const { keyOfSheet } = await import("../../../pages/components/shortcuts.mjs");

function press(key, { on = "body", ...more } = {}) {
  return { key, ctrlKey: false, metaKey: false, altKey: false, repeat: false, composedPath: () => [new Element(on)], ...more };
}

test("? opens the sheet, and shuts it", () => {
  assert.equal(keyOfSheet(press("?"), false), "toggle");
  assert.equal(keyOfSheet(press("?"), true), "toggle");
});

test("a question mark that is typed is text", () => {
  for (const on of ["input", "textarea", '[contenteditable="true"]', '[role="textbox"]']) assert.equal(keyOfSheet(press("?", { on }), false), "");
});

test("held down it opens the sheet once", () => {
  assert.equal(keyOfSheet(press("?", { repeat: true }), true), "stay");
});

test("while it is open no letter reaches the page", () => {
  for (const key of ["a", "r", "j"]) {
    assert.equal(keyOfSheet(press(key), true), "stay");
    assert.equal(keyOfSheet(press(key), false), "");
  }
});

test("the browser's own keys stay its own", () => {
  for (const key of ["Escape", "Tab", "Enter"]) assert.equal(keyOfSheet(press(key), true), "");
  assert.equal(keyOfSheet(press("c", { ctrlKey: true }), true), "");
});
