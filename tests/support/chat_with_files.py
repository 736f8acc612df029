"""A finished chat whose code made files of every kind that is shown, written as a leg would have written it."""

import struct
import zlib

from agents.chats import (
    ChatEnded,
    ChatStarted,
    CodeReturned,
    CodeStarted,
    Event,
    FileChange,
    FilesChanged,
    MessagePosted,
    Person,
    SpeakerSelected,
)
from agents.specs import AgentSpec, TeamSpec
from agents.studio import Studio
from agents.workspaces import Workspace

ADA = Person(name="Ada")
TEAM = TeamSpec(
    name="Analysts",
    agents=[
        AgentSpec(name="user", role="human", display_name="You"),
        AgentSpec(name="coder", display_name="Coder", emoji="🧮"),
        AgentSpec(name="executor", role="executor", display_name="Executor"),
    ],
)
CODE = "import pandas as pd\n\nsales = pd.read_csv('sales.csv')\nprint(sales.describe())\n"
CSV = "month,amount\n" + "".join(f"2026-{month:02},{month * 37 % 91}\n" for month in range(1, 13))
HOSTILE = "<img src=x onerror=alert(1)>\"'\u202egnp.sj"
CHART = (
    '<html><head><script src="https://cdn.plot.ly/plotly-3.0.0.min.js" integrity="sha256-x" '
    'crossorigin="anonymous"></script></head><body><div id="chart"></div><script>'
    'Plotly.newPlot(\n  "chart", [{"x": [1, 2, 3], "y": [2, 6, 3], "type": "bar"}],\n'
    '  {"width": 9000, "title": {"text": "<script>Sales"}}, {"responsive": true});</script></body></html>'
)
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 144]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj "
    b"4 0 obj<</Length 51>>stream\nBT /F1 24 Tf 40 80 Td (The monthly report) Tj ET\nendstream endobj "
    b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def png(width: int = 320, height: int = 180) -> bytes:
    """A picture with a slope in it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    lines = b"".join(
        b"\0" + b"".join(bytes((40, 90, 200) if x * height > y * width else (240, 240, 250)) for x in range(width))
        for y in range(height)
    )
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def write(workspace: Workspace, known: dict[str, FileChange], **files: bytes) -> list[FileChange]:
    """What a run that wrote these files would change; `known` is brought up to date. "__" in a name is a dot."""
    run_folders = workspace.run_folders()
    for name, content in files.items():
        (run_folders.files / name.replace("__", ".")).write_bytes(content)
    return update(workspace, known)


def update(workspace: Workspace, known: dict[str, FileChange]) -> list[FileChange]:
    """What the folder has that `known` does not say."""
    changes = workspace.changes(known)
    known.update({change.path: change for change in changes})
    return changes


def chat_with_files(studio: Studio, chat: str = "c1") -> str:
    """Ada attached a table; code made a picture, a chart, a report and a file of a hostile name, and changed two."""
    workspace = Workspace(studio.settings.home, chat)
    taken = workspace.save("sales.csv", CSV.encode())
    known = {taken.path: taken}
    first = write(workspace, known, chart__png=png(), chart__html=CHART.encode(), notes__md=b"# Notes\n\nSales rise.\n")
    (workspace.files / HOSTILE).write_bytes(b"<script>alert(1)</script>")
    second = write(
        workspace, known, report__pdf=PDF, notes__md=b"# Notes\n\nSales rise in May.\n", sales__csv=CSV[:90].encode()
    )
    events: list[Event] = [
        ChatStarted(team=TEAM.model_dump(mode="json"), task="Draw the sales.", by=ADA),
        MessagePosted(turn=0, agent="user", content="Draw the sales.", source="task", by=ADA),
        FilesChanged(turn=0, changes=[taken], by=ADA),
        SpeakerSelected(turn=1, agent="coder", method="round_robin"),
        MessagePosted(turn=1, agent="coder", content=f"```python\n{CODE}```", source="model"),
        SpeakerSelected(turn=2, agent="executor", method="round_robin"),
        CodeStarted(turn=2, agent="executor", block="b0", language="python", code=CODE),
        CodeReturned(
            turn=2, agent="executor", block="b0", outcome="ok", exit_code=0, duration_s=1.42,
            text="exitcode: 0 (execution succeeded)\nCode output: \n" + "\n".join(f"line {n}" for n in range(40)),
        ),
        FilesChanged(turn=2, agent="executor", cause="b0", changes=first),
        CodeStarted(turn=2, agent="executor", block="b1", language="sh", code="python report.py"),
        CodeReturned(
            turn=2, agent="executor", block="b1", outcome="failed", exit_code=1, duration_s=0.2,
            text="exitcode: 1 (execution failed)\nCode output: \n<b>No such file</b>",
        ),
        FilesChanged(turn=2, agent="executor", cause="b1", changes=second),
        MessagePosted(turn=2, agent="executor", content="exitcode: 1 (execution failed)", source="code"),
        ChatEnded(reason="phrase", text="Coder said TERMINATE."),
    ]  # fmt: skip
    studio.store.chats.create(chat, events, client_id=chat, team_id=None, revision=None, title="Draw the sales")
    return chat
