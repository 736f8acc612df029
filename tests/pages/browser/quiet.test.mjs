import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

const app = { dataset: { testScriptState: "notRunning" } };
const BUTTON = { closest: () => BUTTON, matches: () => false }, TEXT = { closest: () => null, matches: (what) => what.includes("textarea") };
globalThis.window = {};
globalThis.document = Object.assign(new EventTarget(), { visibilityState: "visible", querySelector: () => app });
mock.timers.enable({ apis: ["setTimeout"] });
let now = 0;
mock.method(performance, "now", () => now);

const { isQuiet, whenQuiet } = await import("../../../pages/components/quiet.mjs");

function happen(type, target, more = {}) {
  const event = Object.assign(new Event(type), more);
  Object.defineProperty(event, "target", { value: target });
  for (const listen of listeners[type]) listen(event);
}

const listeners = { click: [], keydown: [], input: [], visibilitychange: [] };
document.addEventListener = (type, listen) => listeners[type].push(listen);
document.removeEventListener = (type, listen) => listeners[type].splice(listeners[type].indexOf(listen), 1);

function pass(ms) {
  now += ms;
  mock.timers.tick(ms);
}

beforeEach(() => { app.dataset.testScriptState = "notRunning"; });
afterEach(() => { pass(10_000); });

test("nothing is drawn anew while the page's script runs", () => {
  let acted = 0;
  app.dataset.testScriptState = "running";
  whenQuiet(() => { acted += 1; });
  pass(1000);
  assert.equal(acted, 0);
  app.dataset.testScriptState = "notRunning";
  pass(100);
  assert.equal(acted, 1);
});

test("nor between a press and the run that it brings", () => {
  isQuiet();
  happen("click", BUTTON);
  pass(1000);
  assert.equal(isQuiet(), false);
  app.dataset.testScriptState = "running";
  assert.equal(isQuiet(), false);
  app.dataset.testScriptState = "notRunning";
  assert.equal(isQuiet(), true);
});

test("a press that brings no run holds it up for seconds only", () => {
  happen("click", BUTTON);
  assert.equal(isQuiet(), false);
  pass(3001);
  assert.equal(isQuiet(), true);
});

test("who types presses nothing, until the text is sent", () => {
  happen("keydown", TEXT, { key: " " });
  happen("keydown", TEXT, { key: "Enter" });
  assert.equal(isQuiet(), true);
  happen("keydown", TEXT, { key: "Enter", ctrlKey: true });
  assert.equal(isQuiet(), false);
});

test("nor under the hands of who types", () => {
  happen("input", TEXT);
  assert.equal(isQuiet(), false);
  pass(1001);
  assert.equal(isQuiet(), true);
});

test("in a tab out of sight it waits until the tab is looked at", () => {
  let acted = 0;
  document.visibilityState = "hidden";
  whenQuiet(() => { acted += 1; });
  pass(60_000);
  assert.equal(acted, 0);
  document.visibilityState = "visible";
  for (const listen of [...listeners.visibilitychange]) listen();
  assert.equal(acted, 1);
});

test("what is cancelled does not come", () => {
  let acted = 0;
  app.dataset.testScriptState = "running";
  whenQuiet(() => { acted += 1; })();
  app.dataset.testScriptState = "notRunning";
  pass(1000);
  assert.equal(acted, 0);
});
