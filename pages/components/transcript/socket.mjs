// The socket to the live feed: says hello with the token, comes back by itself after a cut, never asks twice at once.
// While the feed is away the page is drawn anew now and then, to show what it can without.

import { isConnected } from "../quiet.mjs";

const BAD_TOKEN = 4401, BAD_ORIGIN = 4403, NO_CHAT = 4404;
const FIRST_WAIT_MS = 250, LONGEST_WAIT_MS = 10000, SHOWN_AFTER_MS = 600, AWAY_EVERY_MS = 5000;

export class FeedSocket {
  // hello(): the first frame. onFrame(frame). onState("live" | "reconnecting" | "gone" | "forbidden"). renew(): ask for a token.
  constructor({ hello, onFrame, onState, renew }) {
    Object.assign(this, { hello, onFrame, onState, renew, waitMs: FIRST_WAIT_MS, isClosed: false });
    this.comeBack = () => { if (document.visibilityState === "visible" && this.retryTimer) this.connect(); };
    window.addEventListener("online", this.comeBack);
    document.addEventListener("visibilitychange", this.comeBack);
    this.connect();
  }

  connect() {
    clearTimeout(this.retryTimer);
    this.retryTimer = null;
    this.isRefused = false;
    const address = new URL("live", window.location.href); // beside the page: a proxy may add a path
    address.protocol = window.location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify(this.hello()));
    socket.onmessage = (message) => {
      this.waitMs = FIRST_WAIT_MS;
      this.stopWaiting();
      this.onState("live");
      this.onFrame(JSON.parse(message.data));
    };
    socket.onclose = (closed) => { if (!this.isClosed && this.socket === socket) this.cut(closed.code); };
  }

  cut(code) {
    this.socket = null;
    if (code === NO_CHAT) return this.onState("gone");
    if (code === BAD_ORIGIN) return this.onState("forbidden");
    this.showTimer ??= setTimeout(() => this.onState("reconnecting"), SHOWN_AFTER_MS);
    this.awayTimer ??= setInterval(() => { if (document.visibilityState === "visible" && isConnected()) this.renew(); }, AWAY_EVERY_MS);
    if (code === BAD_TOKEN) {
      this.isRefused = true; // a fresh token arrives with the page's next run, see tokenCame
      this.renew();
    }
    this.retryTimer = setTimeout(() => this.connect(), this.waitMs * (0.75 + Math.random() / 2));
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
  }

  stopWaiting() {
    clearTimeout(this.showTimer);
    clearInterval(this.awayTimer);
    this.showTimer = this.awayTimer = null;
  }

  tokenCame() { if (this.isRefused) this.connect(); }

  send(frame) { if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame)); }

  close() {
    this.isClosed = true;
    clearTimeout(this.retryTimer);
    this.stopWaiting();
    window.removeEventListener("online", this.comeBack);
    document.removeEventListener("visibilitychange", this.comeBack);
    this.socket?.close();
  }
}
