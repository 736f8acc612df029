// The tab's own socket: how many requests wait, in the menu and in the browser's title, whatever page is open; and what
// the parts of a page that show more than the number listen to (`window.studioTab.told`, "studio:told").

import { isConnected, whenQuiet } from "./quiet.mjs";
import { FeedSocket } from "./transcript/socket.mjs";

const AGAIN_MS = 200;
const LABEL = /^(Inbox)( \(\d+\))?$/;

function writeCount() {
  const { n } = window.studioTab;
  const title = document.title.replace(/^\(\d+\) /, "");
  const wanted = n ? `(${n}) ${title}` : title;
  if (document.title !== wanted) document.title = wanted;
  const link = document.querySelector('[data-testid="stSidebarNavLink"][href$="/inbox"]');
  if (!link) return;
  const texts = document.createTreeWalker(link, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const said = n ? `Inbox (${n})` : "Inbox";
    if (LABEL.test(texts.currentNode.nodeValue) && texts.currentNode.nodeValue !== said) texts.currentNode.nodeValue = said;
  }
}

function drawAnew(tab) {
  tab.args.setTriggerValue("renew", String(Date.now()));
}

// After a cut the page is another session's if the studio was started anew: it is drawn by that one, as soon as
// Streamlit's own socket is back as well.
function comeBack(tab) {
  clearTimeout(tab.timer);
  if (isConnected()) whenQuiet(() => drawAnew(tab));
  else tab.timer = setTimeout(() => comeBack(tab), AGAIN_MS);
}

function open(args) {
  const tab = (window.studioTab = { args, n: args.data.n, told: null });
  new MutationObserver(writeCount).observe(document.head, { childList: true, subtree: true, characterData: true });
  tab.connect = () => {
    tab.socket = new FeedSocket({
      hello: () => ({ token: tab.args.data.token }),
      onFrame: (frame) => { // what waits, or the answer to what was typed (typed.mjs)
        if (frame.t === "kept") return window.dispatchEvent(new CustomEvent("studio:kept", { detail: frame }));
        Object.assign(tab, { told: frame, n: frame.n });
        writeCount();
        window.dispatchEvent(new Event("studio:told"));
      },
      onState: (state) => {
        if (state === "live" && tab.wasCut) comeBack(tab);
        tab.wasCut = state !== "live";
        if (tab.wasCut) tab.told = null;
      },
      renew: () => drawAnew(tab),
    });
  };
  return tab;
}

export default function (args) {
  const tab = window.studioTab ?? open(args);
  const isNewToken = tab.args.data.token !== args.data.token;
  Object.assign(tab, { args, n: tab.told?.n ?? args.data.n, visit: args }); // what was told is newer than the page
  if (!tab.socket && args.data.token) tab.connect();
  else if (isNewToken) tab.socket?.tokenCame();
  writeCount();
  return () => {
    if (tab.visit !== args) return; // a later run of the page took over
    tab.socket?.close();
    tab.socket = null;
  };
}
