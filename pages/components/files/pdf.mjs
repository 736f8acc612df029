// The browser's own viewer of PDFs.

export default function ({ data, parentElement }) {
  const frame = parentElement.querySelector(".pdf");
  frame.title = data.title;
  if (frame.getAttribute("src") !== data.address) frame.src = data.address;
}
