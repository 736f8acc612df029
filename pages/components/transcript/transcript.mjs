// The component: keeps the log of one chat in the DOM, in order and once each, and the reader where they were.

import { drawDraft } from "./draft.mjs";
import { copyText, told } from "./dom.mjs";
import { entryNode, messageFrame, partLink } from "./entries.mjs";
import { FileLinks } from "./files.mjs";
import { Finder } from "./finder.mjs";
import { living } from "../living.mjs";
import { firstInSight, mark, nodeAt } from "./place.mjs";
import { FeedSocket } from "./socket.mjs";
import { whenText } from "./time.mjs";

const NEAR_BOTTOM_PX = 90, CLOCK_EVERY_MS = 30000, ASK_AGAIN_MS = 4000;
const NOTICES = {
  reconnecting: "The connection was lost. Reconnecting… The chat goes on without this page; nothing is lost.",
  gone: "This chat does not exist, or was deleted.",
  forbidden: "The studio does not know the address of this page. Open the studio at the address it was started with.",
};

class Transcript {
  constructor(root, args) {
    this.root = root.querySelector(".transcript");
    this.root.classList.toggle("try", Boolean(args.data.is_try));
    this.part = (name) => this.root.querySelector(`.${name}`);
    this.log = this.part("log");
    Object.assign(this, { args, head: 0, first: 0, known: 0, waiting: [], unseen: 0, isStuck: true });
    Object.assign(this, { isLoadingOlder: false, isLoadingNewer: false, hasNewer: false, target: args.data.at, copying: new Map() });
    this.cast = JSON.parse(args.data.cast);
    const renew = () => this.args.setTriggerValue("renew", String(Date.now()));
    this.links = new FileLinks({ token: () => this.args.data.token, renew });
    this.findScroller(root);
    this.part("older").onclick = () => this.askOlder();
    this.part("newer").onclick = () => this.askNewer();
    this.part("latest").onclick = () => this.toLatest();
    this.acts = { copy: (seq, button) => this.copy(seq, button), address: (seq) => this.address(seq) };
    this.finder = new Finder(this.root, {
      ask: (frame) => this.socket.send(frame),
      goTo: (seq, text) => this.goTo(seq, text),
      here: () => firstInSight(this.log),
    });
    this.clock = setInterval(() => this.refreshTimes(), CLOCK_EVERY_MS);
    this.sizes = new ResizeObserver(() => { if (this.isStuck) this.toBottom(); this.placeLatest(); });
    this.sizes.observe(this.root);
    this.watchBottom();
    if (this.scroller !== document.scrollingElement) this.sizes.observe(this.scroller);
    this.seen = new IntersectionObserver((found) => {
      for (const { target } of found.filter((one) => one.isIntersecting)) this[target.matches(".newer") ? "askNewer" : "askOlder"]();
    }, { root: this.scroller === document.scrollingElement ? null : this.scroller, rootMargin: "400px" });
    this.socket = new FeedSocket({
      hello: () => ({ token: this.args.data.token, after: (this.hasNewer ? this.known : this.head) || null }),
      onFrame: (frame) => this.take(frame),
      onState: (state) => this.showConnection(state),
      renew,
    });
  }

  update(args) {
    const isNewToken = args.data.token !== this.args.data.token, isElsewhere = args.data.at !== this.args.data.at;
    this.args = args;
    if (isElsewhere && args.data.at) this.goTo(args.data.at);
    this.cast = JSON.parse(args.data.cast);
    this.watchBottom();
    if (!isNewToken) return;
    this.socket.tokenCame();
    this.links.tokenCame();
  }

  close() {
    this.socket.close();
    clearInterval(this.clock);
    clearTimeout(this.askTimer);
    this.sizes.disconnect();
    this.seen.disconnect();
    this.finder.stop();
    this.scroller.removeEventListener?.("scroll", this.onScroll);
  }

  // Frames. Drawing is batched: many frames, one change of the page per animation frame.

  take(frame) {
    this.waiting.push(frame);
    if (this.waiting.length > 1) return;
    const draw = () => {
      if (this.socket.isClosed) return; // another transcript draws here by now
      const frames = this.waiting;
      this.waiting = [];
      for (const one of frames) this.apply(one);
      if (this.isStuck) this.toBottom();
      this.showLatest();
    };
    if (document.visibilityState === "visible") requestAnimationFrame(draw);
    else setTimeout(draw, 200); // no animation frames in a hidden tab
  }

  apply(frame) {
    if (frame.t === "page") this.startAnew(frame);
    if (frame.t === "older") this.prepend(frame);
    if (frame.t === "newer") this.extend(frame);
    if (frame.t === "log") this.follow(frame);
    if (frame.t === "found") this.finder.took(frame);
    if (frame.t === "markdown") this.copied(frame);
    if (frame.draft !== undefined) this.showDraft(frame.draft);
    if (frame.state) this.showState(frame.state);
  }

  startAnew(frame) {
    this.log.replaceChildren();
    this.draft = null;
    this.head = 0;
    this.first = frame.first;
    this.append(frame.entries, frame.head);
    this.offerOlder(frame.has_older);
    this.reached(frame);
    this.root.dataset.loaded = "yes";
    delete this.root.dataset.coming;
    this.unseen = 0;
    if (this.target) this.goTo(this.target, this.sought);
    else if (frame.at === 0) this.isStuck = true;
  }

  // While the newest part of the chat is not drawn, what comes is only counted.
  follow(frame) {
    if (!this.hasNewer) return this.append(frame.entries, frame.head);
    this.unseen += frame.entries.filter((entry) => entry.kind === "message" && entry.seq > this.known).length;
    this.known = Math.max(this.known, frame.head);
  }

  extend(frame) {
    this.isLoadingNewer = false;
    if (!this.hasNewer || frame.after !== this.head) return; // an answer to an older question
    this.append(frame.entries, frame.head);
    this.reached(frame);
  }

  // How far what is drawn goes.
  reached({ has_newer, head }) {
    this.hasNewer = Boolean(has_newer) || this.known > head;
    this.known = Math.max(this.known, head);
    const button = this.part("newer");
    button.hidden = !this.hasNewer;
    this.seen.unobserve(button);
    if (this.hasNewer) {
      this.isStuck = false;
      setTimeout(() => this.seen.observe(button), 150);
    }
  }

  append(entries, head) {
    const fresh = document.createDocumentFragment();
    for (const entry of entries) {
      if (entry.seq <= this.head || this.log.querySelector(`:scope > [data-seq="${entry.seq}"]`)) continue; // had it already
      if (entry.kind === "message" && this.draft && entry.turn >= this.draft.turn) this.dropDraft();
      fresh.append(entryNode(entry, this.cast, this.args.data.person, this.links, this.acts));
      if (entry.kind === "message" && !this.isStuck) this.unseen += 1;
    }
    this.log.insertBefore(fresh, this.draft?.article ?? null);
    this.head = Math.max(this.head, head);
    this.known = Math.max(this.known, head);
  }

  prepend(frame) {
    this.isLoadingOlder = false;
    if (frame.head !== this.first - 1) return; // an answer to an older question
    const anchor = this.log.firstElementChild;
    const top = anchor?.getBoundingClientRect().top ?? 0;
    const fresh = document.createDocumentFragment();
    for (const entry of frame.entries) fresh.append(entryNode(entry, this.cast, this.args.data.person, this.links, this.acts));
    this.log.prepend(fresh);
    this.first = frame.first;
    this.offerOlder(frame.has_older);
    if (anchor && !this.isStuck) this.scroller.scrollTop += anchor.getBoundingClientRect().top - top;
  }

  askOlder() {
    if (this.isLoadingOlder || this.first <= 1) return;
    this.isLoadingOlder = true;
    this.socket.send({ older: this.first });
  }

  askNewer() {
    if (this.isLoadingNewer || !this.hasNewer) return;
    this.isLoadingNewer = true;
    this.socket.send({ newer: this.head });
  }

  // Brings the reader to a seq and marks it, `text` in it too; a place that is not drawn is asked for first. Nothing for null.
  goTo(seq, text) {
    this.target = null;
    if (seq === null) return mark(this.log, null);
    const isDrawn = seq >= this.first && (seq <= this.head || !this.hasNewer);
    const node = isDrawn && nodeAt(this.log, seq);
    if (node) {
      Object.assign(this, { asked: null, isStuck: false });
      return mark(this.log, node, text);
    }
    if (isDrawn || this.asked === seq) return; // there is no such place
    Object.assign(this, { target: seq, sought: text, asked: seq, isStuck: false });
    this.socket.send({ at: seq });
  }

  toLatest() {
    if (this.hasNewer) return this.socket.send({ at: 0 });
    this.isStuck = true;
    this.toBottom(true);
  }

  address(seq) {
    const address = new URL(window.location.href);
    address.search = new URLSearchParams({ chat: this.args.data.chat, at: seq });
    return address.href;
  }

  copy(seq, button) {
    this.copying.set(seq, button);
    this.socket.send({ markdown: seq });
  }

  async copied({ seq, text }) {
    const button = this.copying.get(seq);
    this.copying.delete(seq);
    if (button) told(button, await copyText(text));
  }

  offerOlder(hasOlder) {
    const button = this.part("older");
    button.hidden = !hasOlder;
    this.seen.unobserve(button);
    if (hasOlder) setTimeout(() => this.seen.observe(button), 150); // once the page has come to rest
  }

  // The message being written: its text grows at the end; what is code so far looks like code at once.

  showDraft(draft) {
    if (!draft || this.hasNewer) return this.dropDraft();
    const isSame = this.draft && this.draft.turn === draft.turn && this.draft.agent === draft.agent;
    if (!isSame || draft.start > this.draft.text.length) {
      this.dropDraft();
      if (draft.start > 0) return; // its beginning was missed; the next whole one, or the message, follows
      const { article, content } = messageFrame(this.cast, draft.agent, "draft");
      article.setAttribute("aria-live", "off");
      article.setAttribute("aria-busy", "true");
      this.draft = { turn: draft.turn, agent: draft.agent, article, content, text: "" };
      this.log.append(article);
    }
    this.draft.text = this.draft.text.slice(0, draft.start) + draft.text;
    drawDraft(this.draft.content, this.draft.text);
  }

  dropDraft() {
    this.draft?.article.remove();
    this.draft = null;
  }

  // The strip: whose move it is, and what the chat has used.

  showState(state) {
    this.state = state;
    this.root.dataset.status = state.status;
    this.part("line").textContent = state.line;
    const open = partLink(this.part("open-part"), state.part);
    open.hidden = !state.part;
    this.part("totals").textContent = state.totals;
    this.tellPage();
  }

  tellPage() {
    clearTimeout(this.askTimer);
    if (!this.state || this.state.offer === this.args.data.offer) return;
    this.args.setTriggerValue("offer", this.state.offer);
    this.askTimer = setTimeout(() => this.tellPage(), ASK_AGAIN_MS);
  }

  showConnection(connection) {
    if (this.root.dataset.connection === connection) return;
    this.root.dataset.connection = connection;
    if (connection === "gone" || connection === "forbidden") delete this.root.dataset.coming;
    const notice = this.part("notice");
    notice.textContent = NOTICES[connection] ?? "";
    notice.hidden = connection === "live";
  }

  // Scrolling. The page's own scroller is used; the reader is moved only while at the bottom.

  findScroller(root) {
    let node = root instanceof ShadowRoot ? root.host : root;
    while (node && node !== document.body && !/(auto|scroll|overlay)/.test(getComputedStyle(node).overflowY)) node = node.parentElement;
    this.scroller = node && node !== document.body ? node : document.scrollingElement;
    this.onScroll = () => {
      const { scrollHeight, scrollTop, clientHeight } = this.scroller;
      const isUp = scrollTop < (this.lastTop ?? 0) - 2;
      const isNear = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX;
      if (isNear && !this.hasNewer) this.isStuck = true;
      else if (isUp) this.isStuck = false;
      this.lastTop = scrollTop;
      if (this.isStuck) this.unseen = 0;
      this.showLatest();
    };
    this.scroller.addEventListener("scroll", this.onScroll, { passive: true });
  }

  toBottom(isSmooth = false) {
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: isSmooth && !calm ? "smooth" : "instant" });
    this.unseen = 0;
  }

  showLatest() {
    const button = this.part("latest");
    button.hidden = this.isStuck;
    this.part("jump").hidden = this.unseen > 0;
    this.part("unseen").hidden = !this.unseen;
    this.part("n-unseen").textContent = this.unseen;
    if (!button.hidden) this.placeLatest();
  }

  watchBottom() { // the box that the page keeps at its bottom grows and shrinks by itself
    const bottom = document.querySelector('[data-testid="stBottom"]');
    if (bottom === this.bottom) return;
    if (this.bottom) this.sizes.unobserve(this.bottom);
    this.bottom = bottom;
    if (bottom) this.sizes.observe(bottom);
  }

  placeLatest() {
    this.watchBottom();
    const isBeside = this.bottom && getComputedStyle(this.bottom).position === "fixed"; // the rail of a wide screen
    const covered = isBeside ? 0 : this.bottom?.getBoundingClientRect().height ?? 0;
    this.root.style.setProperty("--bottom", `${covered + 12}px`);
  }

  refreshTimes() {
    for (const node of [...this.log.querySelectorAll("time")].slice(-80)) node.textContent = whenText(Date.parse(node.dateTime));
  }
}

export default living(
  (args) => new Transcript(args.parentElement, args),
  (transcript, args) => transcript.args.data.chat === args.data.chat && transcript.root.isConnected,
);
