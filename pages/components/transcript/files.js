// Code that ran and files that changed, as cards between the messages. Names and outputs go in as text nodes; what a file
// holds is drawn by <img>, or in a frame of another origin (agents/web/file_download.py), never in this page.

const SHOWN_IMAGES = 6, SHOWN_LINES = 14, SHOWN_CHARS = 1500;
const CODE_OUTCOMES = {
  ok: "done", failed: "failed", timeout: "stopped: out of time", cpu: "stopped: out of computing time",
  memory: "stopped: out of memory", processes: "stopped: too many processes", disk: "stopped: out of disk space",
  output: "stopped: too much output", unavailable: "not run: it cannot run here", refused: "refused by a rule",
  rejected: "rejected", answered: "answered by a person", skipped: "skipped",
};
const FILE_ICONS = { image: "▣", table: "▦", pdf: "▤", chart: "◔", text: "≡", none: "▪" };

function bytesText(count) {
  for (const [size, unit] of [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]]) {
    if (count >= size) return `${(count / size).toFixed(1).replace(/\.0$/, "")} ${unit}`;
  }
  return `${count} ${count === 1 ? "byte" : "bytes"}`;
}

// A block of code: one line that opens to the code and what it printed.
function codeNode(entry, cast) {
  const member = memberOf(cast, entry.agent);
  const node = make("details", `tool run ${entry.outcome === "ok" ? "ok" : entry.duration_s === null ? "unrun" : "bad"}`);
  node.dataset.seq = entry.seq;
  node.style.setProperty("--agent", member.color);
  const head = make("summary");
  const ended = entry.outcome === "failed" && entry.exit_code !== null ? ` with exit code ${entry.exit_code}` : "";
  const took = entry.duration_s === null ? "" : ` · ${spanText(entry.duration_s)}`;
  head.append(make("span", "who", member.label), make("code", "name", entry.language || "code"));
  head.append(make("span", "outcome", `${CODE_OUTCOMES[entry.outcome] ?? entry.outcome}${ended}${took}`), timeNode(entry.at));
  node.append(head);
  if (entry.html) {
    const code = make("code");
    code.innerHTML = entry.html; // sanitised by agents/web/markdown.py
    const block = make("pre", "code");
    block.append(code);
    node.append(make("div", "title", entry.is_cut ? "Code (its beginning)" : "Code"), block);
  }
  if (entry.output) node.append(make("div", "title", "Output"), ...outputNodes(entry));
  return node;
}

function outputNodes(entry) {
  const text = entry.output, more = entry.n_more ? `\n… and ${entry.n_more.toLocaleString()} more characters` : "";
  const short = text.split("\n").slice(0, SHOWN_LINES).join("\n").slice(0, SHOWN_CHARS);
  if (short === text) return [make("pre", "output", text + more)];
  const block = make("pre", "output", `${short}\n…`), button = make("button", "unfold", "Show all");
  button.type = "button";
  button.onclick = () => {
    const isShort = button.textContent === "Show all";
    block.textContent = isShort ? text + more : `${short}\n…`;
    button.textContent = isShort ? "Show less" : "Show all";
  };
  return [block, button];
}

// Files that came, changed or went: names and sizes, and what can be seen at once.
function filesNode(entry, cast, links) {
  const node = make("div", "files");
  node.dataset.seq = entry.seq;
  if (entry.agent) node.style.setProperty("--agent", memberOf(cast, entry.agent).color);
  const head = make("header");
  head.append(make("span", entry.agent ? "who" : "who person", entry.agent ? memberOf(cast, entry.agent).label : entry.by));
  head.append(make("span", "why", filesText(entry)), timeNode(entry.at));
  const list = make("ul");
  for (const file of entry.files) list.append(fileItem(file, links));
  if (entry.n_more) list.append(make("li", "more", `and ${entry.n_more.toLocaleString()} more, see Files`));
  node.append(head, list);
  const seen = entry.files.filter((file) => file.sha256 && file.change !== "removed");
  const images = seen.filter((file) => file.shown === "image").slice(0, SHOWN_IMAGES);
  if (images.length) {
    const gallery = make("div", images.length > 1 ? "images several" : "images");
    gallery.append(...images.map((file) => imageNode(file, links)));
    node.append(gallery);
  }
  for (const file of seen.filter((file) => file.shown === "chart").slice(0, SHOWN_IMAGES)) node.append(chartNode(file, links));
  return node;
}

function filesText(entry) {
  if (!entry.agent) return entry.files.length + entry.n_more === 1 ? "attached a file" : `attached ${entry.files.length + entry.n_more} files`;
  const counts = { added: 0, changed: 0, removed: 0 };
  for (const file of entry.files) counts[file.change] += 1;
  const words = { added: "made", changed: "changed", removed: "removed" };
  const parts = Object.entries(counts).filter(([, count]) => count).map(([change, count]) => `${words[change]} ${count}`);
  return `${parts.join(", ")} ${entry.files.length === 1 ? "file" : "files"}`;
}

function fileItem(file, links) {
  const item = make("li", file.change);
  item.append(make("span", "icon", FILE_ICONS[file.shown] ?? "▪"));
  if (file.change === "removed" || !file.sha256) {
    item.append(make("span", "name", file.path), make("span", "size", file.change === "removed" ? "removed" : bytesText(file.size)));
    return item;
  }
  const link = make("a", "name", file.path);
  link.href = "#";
  link.title = `Download ${file.path}`;
  link.onclick = (event) => {
    event.preventDefault();
    links.use(file, { keep: "" }, (address) => {
      const way = make("a");
      way.href = address;
      way.download = file.path.split("/").pop();
      way.click();
    });
  };
  item.append(link, make("span", "size", `${bytesText(file.size)}${file.change === "changed" ? ", changed" : ""}`));
  return item;
}

function imageNode(file, links) {
  const frame = make("figure"), image = make("img");
  image.alt = file.path;
  image.loading = "lazy";
  image.decoding = "async";
  let tries = 0;
  const load = () => links.use(file, {}, (address) => { image.src = address; });
  image.onerror = () => {
    tries += 1;
    if (tries < 3) setTimeout(load, 1000 * tries); // a token that was too old by then is renewed
    else frame.replaceChildren(make("span", "note", `${file.path} cannot be shown: it is no image, or not kept any more.`));
  };
  image.onclick = () => image.classList.toggle("large");
  load();
  frame.append(image);
  return frame;
}

function chartNode(file, links) {
  const node = make("details", "chart");
  node.append(make("summary", "", `Show ${file.path}`));
  node.ontoggle = () => {
    if (!node.open || node.querySelector("iframe")) return;
    const frame = make("iframe");
    frame.title = file.path;
    links.use(file, { as: "chart" }, (address) => { frame.src = address; });
    node.append(frame);
  };
  return node;
}

// Addresses of files carry the page's token. One that is too old is renewed by the page's next run before it is used.
class FileLinks {
  constructor({ token, renew }) { Object.assign(this, { token, renew, waiting: [] }); }

  use(file, options, then) {
    const act = () => {
      const query = new URLSearchParams({ name: file.path.split("/").pop(), token: this.token(), ...options });
      then(`/files/${file.sha256}?${query}`);
    };
    if (this.isGood()) return act();
    this.waiting.push(act);
    if (this.waiting.length === 1) this.renew();
  }

  isGood() {
    try {
      const body = this.token().split(".")[0].replace(/-/g, "+").replace(/_/g, "/");
      return JSON.parse(atob(body)).pop() * 1000 > Date.now() + 5000;
    } catch {
      return false; // there is no token yet
    }
  }

  tokenCame() {
    const waiting = this.waiting;
    this.waiting = [];
    for (const act of waiting) act();
  }
}
