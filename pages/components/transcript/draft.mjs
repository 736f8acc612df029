// A message that is still being written: what is code so far looks like code at once.

import { make } from "./dom.mjs";

// A text as prose and code in turn: [{ isCode, text }], which joined are the text.
export function draftParts(text) {
  const parts = [{ isCode: false, text: "" }];
  let fence = "";
  for (const line of text.split(/(?<=\n)/)) {
    const mark = /^ {0,3}(`{3,}|~{3,})(.*)/.exec(line);
    const isEnd = fence && mark && mark[1].startsWith(fence) && !mark[2].trim();
    if (mark && !fence) {
      fence = mark[1];
      parts.push({ isCode: true, text: "" });
    }
    parts[parts.length - 1].text += line;
    if (isEnd) {
      fence = "";
      parts.push({ isCode: false, text: "" });
    }
  }
  return parts;
}

// Change only what differs from what is there.
export function drawDraft(content, text) {
  const parts = draftParts(text);
  parts.forEach((part, position) => {
    const className = part.isCode ? "part fenced" : "part";
    let node = content.children[position];
    if (!node) content.append(node = make("span"));
    if (node.className !== className) node.className = className;
    if (node.textContent !== part.text) {
      node.textContent = part.text;
      node.scrollTop = node.scrollHeight;
    }
  });
  while (content.children.length > parts.length) content.lastElementChild.remove();
}
