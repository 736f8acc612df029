// From entries to DOM. Text goes in as text nodes; innerHTML takes only `entry.html`, which the server has sanitised.

const LONG_HTML_CHARS = 24000;
const CODE_WORDS = { copy: "Copy", copied: "Copied" };
const LINE_ICONS = { ended: "■", continued: "▶", decision: "✓", failure: "!", near: "◔", said: "❝", paused: "❚❚" };
const TOOL_OUTCOMES = {
  ok: "done", error: "failed", bad_arguments: "wrong arguments", timeout: "no result in time",
  unknown_tool: "no such tool", refused: "refused by a rule", rejected: "rejected", answered: "answered by a person",
  skipped: "skipped",
};

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function shortNumber(number) {
  if (number < 1000) return String(number);
  const [scaled, unit] = number < 1e6 ? [number / 1e3, "k"] : [number / 1e6, "M"];
  return scaled.toFixed(1).replace(/\.0$/, "") + unit;
}

function dollars(cost) {
  if (cost === 0) return "$0";
  if (cost < 0.00005) return "under $0.0001";
  return cost < 0.1 ? `$${cost.toFixed(4)}` : `$${cost.toFixed(2)}`;
}

function costText(cost, unpriced) {
  if (unpriced) return cost ? `${dollars(cost)} + unknown` : "unknown price";
  return cost ? dollars(cost) : "free";
}

function spanText(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  for (const [size, unit, smaller, part] of [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]]) {
    if (whole >= size) {
      const rest = Math.floor((whole % size) / smaller);
      return `${Math.floor(whole / size)} ${unit}${rest ? ` ${rest} ${part}` : ""}`;
    }
  }
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

function whenText(at, now = Date.now()) {
  const seconds = (now - at) / 1000;
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return isToday ? CLOCK.format(at) : `${DAY.format(at)}, ${CLOCK.format(at)}`;
}

function timeNode(iso) {
  const at = Date.parse(iso);
  const node = make("time", "when", whenText(at));
  node.dateTime = iso;
  node.title = EXACT.format(at);
  return node;
}

function initials(label) {
  const words = label.split(/[\s_-]+/).filter(Boolean);
  return (words.length > 1 ? [...words[0]][0] + [...words[1]][0] : [...(words[0] ?? "?")].slice(0, 2).join("")).toUpperCase();
}

function memberOf(cast, agent) {
  return cast[agent] ?? { label: agent, color: "#808495", emoji: "", role: "assistant" };
}

// The frame of a message: avatar, who, and an empty body to fill.
function messageFrame(cast, agent, className) {
  const member = memberOf(cast, agent);
  const article = make("article", `message ${className}`);
  article.style.setProperty("--agent", member.color);
  const avatar = make("div", member.emoji ? "avatar emoji" : "avatar", member.emoji || initials(member.label));
  avatar.setAttribute("aria-hidden", "true");
  const body = make("div", "body");
  const head = make("header");
  head.append(make("span", "who", member.label));
  const content = make("div", "content");
  body.append(head, content);
  article.append(avatar, body);
  return { article, head, body, content };
}

function usageNode(usage) {
  if (usage.is_rehearsed) {
    const node = make("footer", "usage", usage.is_choice ? "chosen by the script" : "rehearsed");
    const what = usage.is_choice ? "No model chose who speaks here: the script did." : "No model wrote this: it is a line of a script.";
    node.title = `${what}\n${usage.models.join(", ")}`;
    return node;
  }
  const parts = [];
  const forWhat = usage.tokens && usage.selecting === usage.tokens ? " for choosing who speaks" : "";
  parts.push(usage.tokens || !usage.uncounted ? `${shortNumber(usage.tokens)} tokens${forWhat}` : "tokens not counted");
  parts.push(costText(usage.cost_usd, usage.unpriced));
  parts.push(spanText(usage.duration_s));
  const node = make("footer", "usage", parts.join(" · "));
  const details = usage.buckets.map(([label, tokens]) => `${label} ${tokens.toLocaleString()}`);
  if (usage.selecting) details.push(`of all, choosing the speaker ${usage.selecting.toLocaleString()}`);
  if (usage.first_token_s !== null) details.push(`first word after ${spanText(usage.first_token_s)}`);
  if (usage.failed) details.push(`${usage.failed} of ${usage.calls} calls failed`);
  node.title = `${usage.models.join(", ")}\n${details.join(" · ")}`;
  if (usage.models.length) node.append(make("span", "model", ` · ${usage.models[0]}`));
  return node;
}

// A text that is still being written, as prose and code in turn: [{ isCode, text }], which joined are the text.
function draftParts(text) {
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

// Changes only what differs from what is there.
function drawDraft(content, text) {
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

function addCopyButtons(content) {
  for (const block of content.querySelectorAll("div.code")) {
    const bar = make("div", "code-bar");
    bar.append(make("span", "language", block.dataset.language || "text"));
    const button = make("button", "copy", CODE_WORDS.copy);
    button.type = "button";
    button.onclick = async () => {
      const done = await copyText(block.querySelector("pre").textContent);
      button.textContent = done ? CODE_WORDS.copied : "Select and press Ctrl+C";
      setTimeout(() => { button.textContent = CODE_WORDS.copy; }, 1600);
    };
    bar.append(button);
    block.prepend(bar);
  }
}

// A very long message shows its beginning until somebody wants all of it.
function addFold(content) {
  content.classList.add("folded");
  const button = make("button", "unfold", "Show all of it");
  button.type = "button";
  button.onclick = () => {
    const isFolded = content.classList.toggle("folded");
    button.textContent = isFolded ? "Show all of it" : "Show less";
    if (isFolded) content.closest("article").scrollIntoView({ block: "nearest" });
  };
  content.after(button);
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { // no permission, or not a secure page
    const area = make("textarea");
    area.value = text;
    area.style.cssText = "position:fixed;opacity:0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function sourceText(entry, person, label) {
  const isYou = entry.by === person;
  if (isYou && label.toLowerCase() === "you") return entry.source === "task" ? "Task" : "";
  const by = isYou ? "you" : entry.by;
  if (entry.source === "task") return by ? `Task, by ${by}` : "Task";
  if (entry.source === "human") return by ? `written by ${by}` : "written by a person";
  if (entry.source === "auto") return "automatic reply";
  if (entry.source === "code") return "ran code";
  return entry.why;
}

function messageNode(entry, cast, person) {
  const { article, head, body, content } = messageFrame(cast, entry.agent, entry.source);
  article.dataset.seq = entry.seq;
  article.dataset.turn = entry.turn;
  const why = sourceText(entry, person, memberOf(cast, entry.agent).label);
  if (why) head.append(make("span", "why", why));
  head.append(timeNode(entry.at));
  if (entry.is_empty) content.append(make("p", "note", "An empty message."));
  else content.innerHTML = entry.html; // sanitised by agents/web/markdown.py
  addCopyButtons(content);
  if (!entry.is_empty && entry.html.length > LONG_HTML_CHARS) addFold(content);
  if (entry.usage) body.append(usageNode(entry.usage));
  return article;
}

function lineNode(entry, cast) {
  const node = make("div", `line-entry ${entry.of}`);
  node.dataset.seq = entry.seq;
  node.append(make("span", "icon", LINE_ICONS[entry.of] ?? "·"));
  const text = entry.agent ? `${memberOf(cast, entry.agent).label}: ${entry.text}` : entry.text;
  node.append(make("span", "text", text), timeNode(entry.at));
  return node;
}

// A tool call: one line that opens to what went in and what came out, both as text.
function toolNode(entry, cast) {
  const member = memberOf(cast, entry.agent);
  const node = make("details", `tool ${entry.outcome === "ok" ? "ok" : entry.duration_s === null ? "unrun" : "bad"}`);
  node.dataset.seq = entry.seq;
  node.style.setProperty("--agent", member.color);
  const head = make("summary");
  const took = entry.duration_s === null ? "" : ` · ${spanText(entry.duration_s)}`;
  const outcome = `${TOOL_OUTCOMES[entry.outcome] ?? entry.outcome}${took}`;
  head.append(make("span", "who", member.label), make("code", "name", entry.tool || "?"));
  head.append(make("span", "outcome", outcome), timeNode(entry.at));
  node.append(head);
  for (const [title, text] of [["Arguments", entry.arguments], ["Result", entry.result]]) {
    if (!text) continue;
    node.append(make("div", "title", title), make("pre", "", text));
  }
  return node;
}

// `links`: how the files of the chat are reached, see files.js.
function entryNode(entry, cast, person, links) {
  switch (entry.kind) {
    case "message": return messageNode(entry, cast, person);
    case "tool": return toolNode(entry, cast);
    case "code": return codeNode(entry, cast);
    case "files": return filesNode(entry, cast, links);
    default: return lineNode(entry, cast);
  }
}
