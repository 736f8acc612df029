// Has a part of a page drawn anew when what it shows is out of date: at once when the tab is told so, and after a minute
// for the ages. Never while the page is out of sight: then once it is looked at again.

import { living } from "./living.mjs";
import { whenQuiet } from "./quiet.mjs";

const SETTLE_MS = 300, ASK_AGAIN_MS = 4000;

class Changes {
  constructor(args) {
    this.listen = () => this.check();
    this.seen = () => { if (document.visibilityState === "visible") this.startClock(); };
    window.addEventListener("studio:told", this.listen);
    document.addEventListener("visibilitychange", this.seen);
    this.update(args);
  }

  update(args) {
    Object.assign(this, { args, drawnAt: Date.now(), asked: "" });
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.check(), SETTLE_MS); // what the tab was told may be older than the page
    this.startClock();
  }

  check() {
    const told = window.studioTab?.told, shown = JSON.parse(this.args.data.shown);
    const now = told && Object.keys(shown).map((name) => told[name]).join("|");
    if (!told || now === this.asked || Object.keys(shown).every((name) => told[name] === shown[name])) return;
    this.asked = now;
    this.ask("changed");
  }

  startClock() {
    clearTimeout(this.clock);
    const leftMs = this.drawnAt + this.args.data.every_s * 1000 - Date.now();
    this.clock = setTimeout(() => this.ask("again"), Math.max(0, leftMs));
  }

  ask(why) {
    this.cancel?.();
    this.cancel = whenQuiet(() => {
      this.args.setTriggerValue(why, String(Date.now()));
      this.settling = setTimeout(() => { this.asked = ""; this.check(); }, ASK_AGAIN_MS); // it may have been lost
    });
  }

  close() {
    this.cancel?.();
    clearTimeout(this.settling);
    clearTimeout(this.clock);
    window.removeEventListener("studio:told", this.listen);
    document.removeEventListener("visibilitychange", this.seen);
  }
}

export default living((args) => new Changes(args));
