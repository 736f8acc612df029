// From entries of the feed to DOM. Their texts are finished and go in as text nodes; innerHTML takes only `entry.html`,
// which the server has sanitised.

import { addCopyButtons, addFold, copyText, letScroll, make, memberOf, told, unfoldButton } from "./dom.mjs";
import { filesNode } from "./files.mjs";
import { timeNode } from "./time.mjs";

const LONG_HTML_CHARS = 12000, SHOWN_LINES = 14, SHOWN_CHARS = 1500;
const LINE_ICONS = { ended: "■", continued: "▶", decision: "✓", failure: "!", near: "◔", fallback: "⤷", team: "»", said: "❝", paused: "❚❚" };

// `links`: how the files of the chat are reached, see files.mjs. `acts`: what can be done with a message: copy(seq,
// button), address(seq).
export function entryNode(entry, cast, person, links, acts) {
  const node = draw(entry, cast, person, links, acts);
  node.dataset.seq = entry.seq;
  letScroll(node);
  return node;
}

function draw(entry, cast, person, links, acts) {
  switch (entry.kind) {
    case "message": return messageNode(entry, cast, person, acts);
    case "tool": return toolNode(entry, cast);
    case "code": return codeNode(entry, cast);
    case "files": return filesNode(entry, cast, links);
    default: return lineNode(entry);
  }
}

// The frame of a message: avatar, who, and an empty body to fill.
export function messageFrame(cast, agent, className) {
  const member = memberOf(cast, agent);
  const article = make("article", `message ${className}`);
  article.style.setProperty("--agent", member.color);
  const avatar = make("div", member.is_emoji ? "avatar emoji" : "avatar", member.face);
  avatar.setAttribute("aria-hidden", "true");
  const body = make("div", "body");
  const head = make("header");
  head.append(make("span", "who", member.label));
  const content = make("div", "content");
  body.append(head, content);
  article.append(avatar, body);
  return { article, head, body, content };
}

function messageNode(entry, cast, person, acts) {
  const { article, head, body, content } = messageFrame(cast, entry.agent, entry.source);
  article.dataset.turn = entry.turn;
  const why = entry.by && entry.by === person ? entry.why_to_author : entry.why;
  if (why) head.append(make("span", "why", why));
  if (acts) head.append(actsNode(entry, acts));
  head.append(timeNode(entry.at));
  if (entry.empty) content.append(make("p", "note", entry.empty));
  else content.innerHTML = entry.html; // sanitised by agents/web/markdown.py
  addCopyButtons(content);
  if (!entry.empty && entry.html.length > LONG_HTML_CHARS) addFold(content);
  if (entry.note) body.append(make("p", "reply-note", entry.note));
  if (entry.reasoning) body.append(reasoningNode(entry));
  if (entry.usage) body.append(usageNode(entry.usage));
  return article;
}

// Copying a message as Markdown, and the address that leads to it; in sight when the message is pointed at.
function actsNode(entry, acts) {
  const node = make("span", "acts"), copy = make("button", "copy", "Copy"), link = make("a", "", "Link");
  copy.type = "button";
  copy.title = "Copy this message as Markdown";
  copy.onclick = () => acts.copy(entry.seq, copy);
  link.href = acts.address(entry.seq);
  link.title = "Copy the address of this message";
  link.onclick = async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    told(link, await copyText(link.href));
  };
  node.append(copy, link);
  return node;
}

// What the model thought before it spoke: closed, and text only.
function reasoningNode(entry) {
  const node = make("details", "reasoning");
  node.append(make("summary", "", entry.reasoning_title), make("div", "thought", entry.reasoning));
  return node;
}

function usageNode(usage) {
  const node = make("footer", "usage", usage.text);
  node.title = usage.details;
  if (usage.model) node.append(make("span", "model", usage.model));
  return node;
}

function lineNode(entry) {
  const node = make("div", `line-entry ${entry.of}`);
  node.append(make("span", "icon", LINE_ICONS[entry.of] ?? "·"), make("span", "text", entry.text));
  if (entry.part) node.append(partLink(make("a", "part"), entry.part));
  node.append(timeNode(entry.at));
  return node;
}

// A link to the chat of a team that is a member.
export function partLink(link, chat) {
  link.textContent = "Open its chat";
  link.href = `?chat=${encodeURIComponent(chat)}`;
  return link;
}

// A card of one line that opens.
function cardNode(entry, cast, className) {
  const member = memberOf(cast, entry.agent);
  const node = make("details", `${className} ${entry.result}`);
  node.style.setProperty("--agent", member.color);
  const head = make("summary");
  head.append(make("span", "who", member.label), make("code", "name", entry.name));
  head.append(make("span", "outcome", entry.outcome), timeNode(entry.at));
  node.append(head);
  return node;
}

// A tool call, with what went in and what came out, both as text.
function toolNode(entry, cast) {
  const node = cardNode(entry, cast, "tool");
  for (const [title, text] of [["Arguments", entry.arguments], ["Result", entry.text]]) {
    if (text) node.append(make("div", "title", title), make("pre", "", text));
  }
  return node;
}

// A block of code, with the code and what it printed.
function codeNode(entry, cast) {
  const node = cardNode(entry, cast, "tool run");
  if (entry.html) {
    const code = make("code"), block = make("pre", "code");
    code.innerHTML = entry.html; // sanitised by agents/web/markdown.py
    block.append(code);
    node.append(make("div", "title", entry.title), block);
  }
  if (entry.text) node.append(make("div", "title", "Output"), ...outputNodes(entry.text));
  return node;
}

// The first lines of a text that opens to the whole of it.
export function firstLines(text) {
  return text.split("\n").slice(0, SHOWN_LINES).join("\n").slice(0, SHOWN_CHARS);
}

function outputNodes(text) {
  const first = firstLines(text);
  if (first === text) return [make("pre", "output", text)];
  const block = make("pre", "output", `${first}\n…`);
  return [block, unfoldButton("Show all", (isOpen) => { block.textContent = isOpen ? text : `${first}\n…`; })];
}
