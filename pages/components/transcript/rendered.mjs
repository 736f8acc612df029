// A text of an agent, as the transcript draws it, in a box that says when there is more below.

import { addCopyButtons, letScroll } from "./dom.mjs";

export default function ({ data, parentElement }) {
  const box = parentElement.querySelector(".rendered"), content = box.querySelector(".content");
  const more = box.querySelector(".more"); // nobody shall approve an end that they did not know was there
  const look = () => { more.hidden = box.scrollHeight - box.scrollTop - box.clientHeight < 30; };
  box.onscroll = look;
  const sizes = new ResizeObserver(look);
  sizes.observe(box);
  sizes.observe(content);
  fill(content, data.html);
  delete box.dataset.coming;
  return () => sizes.disconnect();
}

function fill(content, html) {
  if (content.dataset.html === html) return;
  content.dataset.html = html;
  content.innerHTML = html; // sanitised by agents/web/markdown.py
  addCopyButtons(content);
  letScroll(content);
}
