// The tabs of a chat's rail. A press is told to the page as an event: a widget of Streamlit's would report the tab that the
// page brought forward meanwhile as if a person had chosen it. Until the page has heard of the press, the tab stays.

import { living } from "../living.mjs";

const TELL_AGAIN_MS = 4000;
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 };

// The tab that a key leads to from the one so numbered; undefined for other keys.
export function led({ key }, from, n) {
  if (key in STEPS) return (from + STEPS[key] + n) % n;
  return { Home: 0, End: n - 1 }[key];
}

class Tabs {
  constructor(args) {
    const root = args.parentElement;
    this.list = root.querySelector("[role=tablist]");
    this.rail = (root.host ?? root).closest(".st-key-chat_rail"); // shows what is behind the tab in front (`frame.css`)
    this.list.onclick = (event) => this.press(event.target.closest("[role=tab]"));
    this.list.onkeydown = (event) => this.go(event);
    this.update(args);
  }

  update(args) {
    this.args = args;
    const tabs = JSON.parse(args.data.tabs);
    while (this.list.children.length > tabs.length) this.list.lastElementChild.remove();
    while (this.list.children.length < tabs.length) this.list.append(this.button());
    tabs.forEach(([name, label], number) => {
      const tab = this.list.children[number];
      tab.dataset.name = name;
      if (tab.textContent !== label) tab.textContent = label;
    });
    if (!this.pressed || args.data.heard === this.pressed.mark) this.show(args.data.front);
  }

  button() {
    const button = document.createElement("button");
    return Object.assign(button, { type: "button", role: "tab" });
  }

  show(front) {
    this.rail.dataset.front = front;
    delete this.list.dataset.coming;
    for (const tab of this.list.children) {
      tab.ariaSelected = String(tab.dataset.name === front);
      tab.tabIndex = tab.dataset.name === front ? 0 : -1;
    }
  }

  press(tab) {
    if (!tab) return;
    this.pressed = { name: tab.dataset.name, mark: String(Date.now()) };
    this.show(tab.dataset.name);
    this.tell();
  }

  tell() {
    clearTimeout(this.timer);
    if (this.args.data.heard === this.pressed.mark) return;
    this.args.setTriggerValue("pressed", this.pressed);
    this.timer = setTimeout(() => this.tell(), TELL_AGAIN_MS);
  }

  go(event) {
    const tabs = [...this.list.children];
    const to = led(event, tabs.indexOf(event.target), tabs.length);
    if (to === undefined) return;
    event.preventDefault();
    tabs[to].focus();
    tabs[to].click();
  }

  close() {
    clearTimeout(this.timer);
  }
}

export default living((args) => new Tabs(args), (tabs) => tabs.list.isConnected);
