// A frame: the browser's own viewer of PDFs, or a chart that is drawn in isolation.

export default function ({ data, parentElement }) {
  const frame = parentElement.querySelector(".framed");
  frame.title = data.title;
  if (frame.getAttribute("src") !== data.address) frame.src = data.address;
}
