// One place of the log: found by its seq, opened where it is folded, brought into sight and marked.

// The node of that seq, or of the next that is drawn: a call or a selection is told with the message that it led to.
export function nodeAt(log, seq) {
  return [...log.children].find((node) => Number(node.dataset.seq) >= seq);
}

export function firstInSight(log) {
  const node = [...log.children].find((one) => one.getBoundingClientRect().bottom > 80);
  return Number(node?.dataset.seq ?? 0);
}

export function mark(log, node, text) {
  for (const marked of log.querySelectorAll(".marked")) marked.classList.remove("marked");
  CSS.highlights?.delete("studio-found");
  if (!node) return;
  node.classList.add("marked");
  if (node.matches("details")) node.open = true;
  const fold = node.querySelector(".content.folded + .unfold") ?? (text && node.querySelector(".output + .unfold"));
  if (fold && fold.getAttribute("aria-expanded") !== "true") fold.click();
  const first = text ? highlight(node, text) : null;
  bring(first ?? node);
  requestAnimationFrame(() => bring(first ?? node)); // what comes into sight takes its real height only then
}

function bring(what) {
  const node = what instanceof Range ? what.startContainer.parentElement : what;
  const isLong = node.getBoundingClientRect().height > window.innerHeight / 2;
  node.scrollIntoView({ block: isLong ? "start" : "center", behavior: "instant" });
}

// Marks each place of the text without changing the page; the first of them.
function highlight(node, text) {
  const ranges = [], wanted = text.toLowerCase(), walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const written = walker.currentNode.nodeValue.toLowerCase();
    for (let at = written.indexOf(wanted); at >= 0; at = written.indexOf(wanted, at + wanted.length)) {
      const range = new Range();
      range.setStart(walker.currentNode, at);
      range.setEnd(walker.currentNode, Math.min(at + wanted.length, walker.currentNode.length));
      ranges.push(range);
    }
  }
  if (ranges.length && window.Highlight) CSS.highlights.set("studio-found", new Highlight(...ranges));
  return ranges[0] ?? null;
}
