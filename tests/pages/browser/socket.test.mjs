import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { FeedSocket } from "../../../pages/components/transcript/socket.mjs";

const BAD_TOKEN = 4401, BAD_ORIGIN = 4403, NO_CHAT = 4404;
const opened = [];

class FakeSocket {
  static OPEN = 1;
  readyState = 1;
  sent = [];
  constructor(address) { this.address = String(address); opened.push(this); }
  send(text) { this.sent.push(JSON.parse(text)); }
  close() { this.readyState = 3; }
}

globalThis.WebSocket = FakeSocket;
globalThis.window = Object.assign(new EventTarget(), { location: { href: "https://proxy/studio/chat?chat=c#x", protocol: "https:" } });
globalThis.document = Object.assign(new EventTarget(), { visibilityState: "visible" });
mock.timers.enable({ apis: ["setTimeout", "setInterval"] });

function feed() {
  const made = { states: [], frames: [], renewed: 0 };
  made.socket = new FeedSocket({
    hello: () => ({ token: "t", after: null }),
    onFrame: (frame) => made.frames.push(frame),
    onState: (state) => made.states.push(state),
    renew: () => { made.renewed += 1; },
  });
  return made;
}

beforeEach(() => { opened.length = 0; });

test("it says hello at the studio's own address and hands on frames", () => {
  const made = feed();
  assert.equal(opened[0].address, "wss://proxy/studio/live");
  opened[0].onopen();
  assert.deepEqual(opened[0].sent, [{ token: "t", after: null }]);
  opened[0].onmessage({ data: '{"t":"page"}' });
  assert.deepEqual([made.frames, made.states], [[{ t: "page" }], ["live"]]);
  made.socket.close();
});

test("after a cut it comes back by itself, and says so only when that takes a while", () => {
  const made = feed();
  opened[0].onclose({ code: 1006 });
  mock.timers.tick(400);
  assert.deepEqual([opened.length, made.states], [2, []]);
  opened[1].onclose({ code: 1006 });
  mock.timers.tick(700);
  assert.deepEqual(made.states, ["reconnecting"]);
  made.socket.close();
});

test("a token that is too old is renewed, and the fresh one used at once", () => {
  const made = feed();
  opened[0].onclose({ code: BAD_TOKEN });
  assert.equal(made.renewed, 1);
  made.socket.tokenCame();
  assert.equal(opened.length, 2);
  made.socket.close();
});

test("a chat that is gone, or a forbidden address, is not asked for again", () => {
  for (const [code, state] of [[NO_CHAT, "gone"], [BAD_ORIGIN, "forbidden"]]) {
    opened.length = 0;
    const made = feed();
    opened[0].onclose({ code });
    mock.timers.tick(60_000);
    assert.deepEqual([opened.length, made.states], [1, [state]]);
    made.socket.close();
  }
});

test("while the feed is away the page is drawn anew now and then, and no more once it is back", () => {
  const made = feed();
  opened[0].onclose({ code: 1006 });
  mock.timers.tick(5_000);
  assert.equal(made.renewed, 1);
  opened.at(-1).onmessage({ data: '{"t":"state"}' });
  mock.timers.tick(60_000);
  assert.equal(made.renewed, 1);
  made.socket.close();
});

test("closed, it stays closed", () => {
  const made = feed();
  made.socket.close();
  opened[0].onclose({ code: 1006 });
  mock.timers.tick(60_000);
  assert.equal(opened.length, 1);
});
