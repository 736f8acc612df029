"""Inside the sandbox: Markdown becomes a PDF, with the images of the workspace that it names.

Reads `{"path", "markdown"}`. Block by block, so that tables and pictures are laid out as such and the rest as the plain
HTML that fpdf2 knows. Nothing is fetched: an image that is not a file of the workspace is named in words.
"""

import importlib.util
import json
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

MAX_IMAGES, MAX_IMAGE_BYTES, MAX_PIXELS = 50, 20_000_000, 40_000_000
BODY, MONO = "DejaVuSans", "DejaVuSansMono"
SIZE, MARGIN_MM, LINE = 10, 18, 1.35
HEADINGS = {"h1": 20, "h2": 15, "h3": 12.5, "h4": 11}
MAX_IMAGE_MM = 140
FONT_FOLDERS = ("/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu", "/usr/share/fonts/TTF")
FACES = {(BODY, ""): "", (BODY, "B"): "-Bold", (BODY, "I"): "-Oblique", (BODY, "BI"): "-BoldOblique", (MONO, ""): ""}
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp")


class Refused(Exception):
    """Said to the agent as it is."""


class Report:
    """One PDF under way."""

    def __init__(self) -> None:
        from fpdf import FPDF
        from markdown_it import MarkdownIt

        self.notes: list[str] = []
        self._n_images = 0
        self._markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
        self.pdf = FPDF(format="A4")
        self.pdf.set_margins(MARGIN_MM, MARGIN_MM)
        self.pdf.set_auto_page_break(True, MARGIN_MM)
        self.pdf.footer = self._footer
        fonts = font_folder()
        for (family, style), ending in FACES.items():
            self.pdf.add_font(family, style, os.path.join(fonts, f"{family}{ending}.ttf"))
        for style in ("B", "I", "BI"):  # what the HTML writer may ask for within code
            self.pdf.add_font(MONO, style, os.path.join(fonts, f"{MONO}.ttf"))
        self.pdf.set_font(BODY, size=SIZE)
        self.pdf.add_page()

    def add(self, markdown: str) -> None:
        """Lays out the whole text."""
        known = self.pdf.fonts[BODY.lower()].cmap
        if unknown := sorted({char for char in markdown if char.isprintable() and ord(char) not in known}):
            self.notes.append(f"The report's font has no sign for {''.join(unknown[:40])}, so they are missing in it.")
        tokens = self._markdown.parse(markdown)
        for block in blocks(tokens):
            if block[0].type == "table_open":
                self._table(block)
            elif block[0].type == "heading_open":
                self._heading(block)
            elif block[0].type == "paragraph_open" and (found := only_images(block)):
                for path, caption in found:
                    self._image(path, caption)
            else:
                self._html(block)

    def _footer(self) -> None:
        self.pdf.set_y(-12)
        self.pdf.set_font(BODY, size=SIZE - 2)
        self.pdf.set_text_color("#6b7280")
        self.pdf.cell(0, 5, str(self.pdf.page_no()), align="C")
        self.pdf.set_text_color("#000000")

    def _heading(self, block: list[Any]) -> None:
        size = HEADINGS.get(block[0].tag, SIZE)
        text = plain(block[1].children or [])
        if self.pdf.will_page_break(size * 2):  # a heading at a page's foot belongs to the next one
            self.pdf.add_page()
        self.pdf.ln(0 if self.pdf.get_y() <= MARGIN_MM + 1 else 3)
        self.pdf.set_font(BODY, "B", size)
        self.pdf.set_text_color("#1f2937")
        self.pdf.multi_cell(0, size * 0.5, text, align="L", new_x="LMARGIN", new_y="NEXT")
        self.pdf.set_text_color("#000000")
        self.pdf.set_font(BODY, size=SIZE)
        self.pdf.ln(1.5)

    def _html(self, block: list[Any]) -> None:
        from fpdf import FontFace, TextStyle

        for token in block:
            if token.type in ("paragraph_open", "bullet_list_open", "ordered_list_open"):
                token.attrSet("line-height", str(LINE))
            for child in token.children or []:
                if child.type == "image":  # within a text: named, not drawn
                    child.type, child.tag, child.content = "text", "", f"[{child.content or child.attrGet('src')}]"
                    child.children = None
        written = self._markdown.renderer.render(block, self._markdown.options, {})
        quote = TextStyle(font_family=BODY, color="#4b5563", t_margin=2, b_margin=2, l_margin=6)
        code = FontFace(family=MONO, size_pt=SIZE - 1.5, color="#374151")
        pre = TextStyle(font_family=MONO, font_size_pt=SIZE - 1.5, color="#374151", t_margin=2, b_margin=2)
        link = FontFace(color="#1d4ed8")
        self.pdf.write_html(
            written,
            font_family=BODY,
            tag_styles={"blockquote": quote, "code": code, "pre": pre, "a": link},
            li_prefix_color="#4b5563",
            ul_bullet_char="•",
        )
        self.pdf.ln(1.5)

    def _table(self, block: list[Any]) -> None:
        from fpdf import FontFace

        rows = table_rows(block)
        if not rows or not rows[0]:
            return
        n_columns = max(map(len, rows))
        self.pdf.ln(1)
        self.pdf.set_font(BODY, size=SIZE - (1 if n_columns <= 6 else 3))
        self.pdf.set_draw_color("#9ca3af")
        heading = FontFace(emphasis="B", fill_color="#e5e7eb")
        with self.pdf.table(
            borders_layout="HORIZONTAL_LINES",
            headings_style=heading,
            padding=1.2,
            col_widths=column_widths(rows, n_columns),
            text_align=alignments(rows, n_columns),
        ) as table:
            for row in rows:
                cells = table.row()
                for cell in [*row, *[""] * (n_columns - len(row))]:
                    cells.cell(cell)
        self.pdf.set_font(BODY, size=SIZE)
        self.pdf.ln(3)

    def _image(self, source: str, caption: str) -> None:
        path = unquote(source).removeprefix("/workspace/").removeprefix("./")
        problem = self._wrong_with(path)
        if problem:
            self.notes.append(f"The image {source[:100]!r} is left out: {problem}.")
            self._small(f"[{caption or source[:100]}: {problem}]")
            return
        from PIL import Image

        with Image.open(path) as picture:
            ratio = picture.height / picture.width
        width = min(MAX_IMAGE_MM, self.pdf.epw, self.pdf.eph * 0.75 / ratio)
        if self.pdf.will_page_break(width * ratio + 8):
            self.pdf.add_page()
        self.pdf.image(path, x="CENTER", w=width, alt_text=caption or None)
        self._small(caption)

    def _wrong_with(self, path: str) -> str:
        from PIL import Image

        folder = os.path.realpath(".") + os.sep
        if "://" in path or path.startswith("data:"):
            return "only files of the workspace are shown"
        if not os.path.realpath(path).startswith(folder) or not os.path.isfile(path):
            return "there is no such file in the workspace"
        if not path.lower().endswith(IMAGES):
            return "only PNG, JPEG, GIF, WebP and BMP are shown"
        self._n_images += 1
        if self._n_images > MAX_IMAGES or os.path.getsize(path) > MAX_IMAGE_BYTES:
            return "there are too many images, or it is too large"
        try:
            with Image.open(path) as picture:
                if picture.width * picture.height > MAX_PIXELS or not picture.width or not picture.height:
                    return "it is too large"
                picture.verify()
        except Exception:  # noqa: BLE001  whatever a broken picture raises
            return "it cannot be read"
        return ""

    def _small(self, text: str) -> None:
        if text:
            self.pdf.set_font(BODY, "I", SIZE - 2)
            self.pdf.set_text_color("#4b5563")
            self.pdf.multi_cell(0, 5, text, align="C", new_x="LMARGIN", new_y="NEXT")
            self.pdf.set_text_color("#000000")
            self.pdf.set_font(BODY, size=SIZE)
        self.pdf.ln(3)


def blocks(tokens: list[Any]) -> Iterator[list[Any]]:
    """The tokens of each block on the top level."""
    block: list[Any] = []
    depth = 0
    for token in tokens:
        block.append(token)
        depth += token.nesting
        if depth == 0:
            yield block
            block = []


def only_images(block: list[Any]) -> list[tuple[str, str]]:
    """(source, caption) of each image of a paragraph that holds nothing else; [] for others."""
    children = [child for token in block for child in token.children or []]
    others = [child for child in children if child.type not in ("image", "softbreak", "hardbreak")]
    if any(child.type != "text" or child.content.strip() for child in others):
        return []
    return [(str(child.attrGet("src") or ""), child.content) for child in children if child.type == "image"]


def table_rows(block: list[Any]) -> list[list[str]]:
    """The cells' plain text, row by row."""
    rows: list[list[str]] = []
    for token in block:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(plain(token.children or []))
    return rows


def plain(children: list[Any]) -> str:
    return "".join(" " if child.type.endswith("break") else child.content for child in children)


def column_widths(rows: list[list[str]], n_columns: int) -> tuple[float, ...]:
    """Widths that go with the longest texts, none so small that nothing fits."""
    longest = [max((len(row[n]) for row in rows if n < len(row)), default=1) for n in range(n_columns)]
    return tuple(max(8.0, min(float(n_chars), 45.0)) for n_chars in longest)


def alignments(rows: list[list[str]], n_columns: int) -> tuple[str, ...]:
    """Numbers to the right."""

    def is_number(text: str) -> bool:
        return text.strip().lstrip("+-−$€£").replace(",", "").replace(".", "").rstrip("% €").isdigit()

    columns = [[row[n] for row in rows[1:] if n < len(row) and row[n].strip()] for n in range(n_columns)]
    return tuple("RIGHT" if column and all(map(is_number, column)) else "LEFT" for column in columns)


def font_folder() -> str:
    """Where DejaVu is: its characters reach from Latin to Cyrillic, Greek, arrows and mathematics."""
    spec = importlib.util.find_spec("matplotlib")
    brought = spec.submodule_search_locations if spec else None
    folders = [*(os.path.join(where, "mpl-data", "fonts", "ttf") for where in brought or ()), *FONT_FOLDERS]
    for folder in folders:
        if all(os.path.isfile(os.path.join(folder, f"{family}{ending}.ttf")) for (family, _), ending in FACES.items()):
            return folder
    raise Refused("No font for reports is in the sandbox: matplotlib, which brings one, is not installed.")


def target(path: str) -> str:
    """The file to write, in the workspace, its folders made; Refused where it would not be in there."""
    inner = path.removeprefix("/workspace/")
    parts = [part for part in inner.split("/") if part not in ("", ".")]
    if inner.startswith("/") or ".." in parts or not parts or any(not char.isprintable() for char in inner):
        raise Refused(f"{path[:200]!r} is not a path in the workspace; name a file such as report.pdf.")
    file = os.path.join(*parts)
    folder = os.path.dirname(file)
    try:
        if folder:
            os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise Refused(f"{path[:200]!r} cannot be written: {error.strerror}.") from error
    if not (os.path.realpath(folder or ".") + os.sep).startswith(os.path.realpath(".") + os.sep) or os.path.isdir(file):
        raise Refused(f"{path[:200]!r} is not a path in the workspace; name a file such as report.pdf.")
    return file


def main() -> dict[str, str]:
    order = json.load(sys.stdin)
    try:
        file = target(order["path"])
        report = Report()
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("always")
            logging.disable(logging.WARNING)  # the notes say what is missing
            report.add(order["markdown"])
        with tempfile.NamedTemporaryFile(dir=os.path.dirname(file) or ".", prefix=".report-", delete=False) as made:
            made.write(bytes(report.pdf.output()))
        os.chmod(made.name, 0o644)
        os.replace(made.name, file)  # a link in its place is replaced, not followed
    except Refused as refused:
        return {"error": str(refused)}
    except ImportError as error:
        return {"error": f"{error.name} is not in the sandbox's Python; its packages are not installed (see Settings)."}
    except OSError as error:
        return {"error": f"The report cannot be written: {error.strerror or error}."}
    pages = report.pdf.pages_count
    size = f"{pages} page{'' if pages == 1 else 's'}, {os.path.getsize(file) / 1024:,.0f} KB"
    return {"text": " ".join([f"{file} is written ({size}).", *report.notes[:20]])}


if __name__ == "__main__":
    print(json.dumps(main()))
