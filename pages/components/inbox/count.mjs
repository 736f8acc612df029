// How many requests wait, in the menu and in the browser's title, also between two drawings of the page.

const LABEL = /^(Inbox)( \(\d+\))?$/;

function write() {
  const n = window.studioWaiting;
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

export default function ({ data }) {
  if (window.studioWaiting === undefined) new MutationObserver(write).observe(document.head, { childList: true, subtree: true, characterData: true });
  window.studioWaiting = data.n;
  write();
}
