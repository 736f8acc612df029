// The picture of a conversation: an SVG that the server made, with every name in it escaped.

export default function ({ data, parentElement }) {
  const box = parentElement.querySelector(".conversation");
  if (box.dataset.svg === data.svg) return;
  box.dataset.svg = data.svg;
  delete box.dataset.coming;
  box.innerHTML = data.svg; // made by agents/insight/conversation_picture.py
}
