// Files that changed, as cards between the messages. What a file holds is drawn by <img>, or in a frame of another origin
// (agents/web/file_download.py), never in this page.

import { make, memberOf } from "./dom.mjs";
import { timeNode } from "./time.mjs";

const SHOWN_IMAGES = 6;
const FILE_ICONS = { image: "▣", table: "▦", pdf: "▤", chart: "◔", text: "≡", none: "▪" };

// Files that came, changed or went: names and sizes, and what can be seen at once.
export function filesNode(entry, cast, links) {
  const node = make("div", "files");
  if (entry.agent) node.style.setProperty("--agent", memberOf(cast, entry.agent).color);
  const head = make("header");
  head.append(make("span", entry.agent ? "who" : "who person", entry.agent ? memberOf(cast, entry.agent).label : entry.by));
  head.append(make("span", "why", entry.text), timeNode(entry.at));
  const list = make("ul");
  for (const file of entry.files) list.append(fileItem(file, links));
  if (entry.more) list.append(make("li", "more", entry.more));
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

function fileItem(file, links) {
  const item = make("li", file.change);
  item.append(make("span", "icon", FILE_ICONS[file.shown] ?? "▪"));
  if (file.change === "removed" || !file.sha256) {
    item.append(make("span", "name", file.path), make("span", "size", file.note));
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
  item.append(link, make("span", "size", file.note));
  return item;
}

function imageNode(file, links) {
  const frame = make("figure"), image = make("img");
  image.alt = file.path;
  image.loading = "lazy";
  image.decoding = "async";
  image.className = "coming";
  image.onload = () => image.classList.remove("coming");
  let tries = 0;
  const load = () => links.use(file, {}, (address) => { image.src = address; });
  image.onerror = () => {
    tries += 1;
    if (tries < 3) setTimeout(load, 1000 * tries); // a token that was too old by then is renewed
    else frame.replaceChildren(make("span", "note", "This picture cannot be shown: it is not an image, or it was deleted."));
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

// Addresses of files are beside the page's, to which a proxy may add a path, and carry its token. One that is too old is renewed by the page's next run before it is used.
export class FileLinks {
  constructor({ token, renew }) { Object.assign(this, { token, renew, waiting: [] }); }

  use(file, options, then) {
    const act = () => {
      const query = new URLSearchParams({ name: file.path.split("/").pop(), token: this.token(), ...options });
      then(`files/${file.sha256}?${query}`);
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
