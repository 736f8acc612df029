"""The arrows of the house, read from the imports: who may lean on whom, and who alone speaks to which library.

Top to bottom: app -> pages -> studio -> worker -> {store, engine, models, tools, sandbox, workspaces, notifications};
web -> {store, text}. Insight and text read values only.
All may lean on specs, chats, errors, plain text, cancellation and version, which lean on nobody else. Imports inside
functions count like any other.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

LEAVES = {"agents.errors", "agents.pip_settings", "agents.plain_text", "agents.version"}
VALUES = {"agents.specs", "agents.chats", "agents.cancellation", *LEAVES}

MAY_IMPORT = {
    "agents": {"agents.studio", "agents.settings", *VALUES},
    "agents.errors": set(),
    "agents.pip_settings": set(),
    "agents.plain_text": set(),
    "agents.cancellation": set(),
    "agents.version": set(),
    "agents.specs": LEAVES,
    "agents.chats": {"agents.specs", *LEAVES},
    "agents.exchange": {"agents.specs", "agents.text", *LEAVES},
    "agents.settings": {"agents.errors", "agents.version"},
    "agents.text": VALUES,
    "agents.store": VALUES,
    "agents.models": {"agents.text", *VALUES},
    "agents.sandbox": {"agents.text", *VALUES},
    "agents.workspaces": {"agents.sandbox", "agents.text", *VALUES},
    "agents.tools": {"agents.sandbox", "agents.text", "agents.workspaces", *VALUES},
    "agents.engine": {"agents.text", "agents.sandbox", "agents.tools", *VALUES},  # their values only, see TestRules
    "agents.permissions": VALUES,
    "agents.notifications": {"agents.permissions", "agents.store", "agents.text", *VALUES},
    "agents.insight": {"agents.text", *VALUES},
    "agents.web": {"agents.permissions", "agents.store", "agents.text", "agents.workspaces", *VALUES},
    "agents.worker": {
        "agents.permissions",
        "agents.store",
        "agents.engine",
        "agents.models",
        "agents.notifications",
        "agents.sandbox",
        "agents.tools",
        "agents.settings",
        "agents.workspaces",
        *VALUES,
    },
    "agents.studio": {
        "agents.exchange",
        "agents.permissions",
        "agents.notifications",
        "agents.worker",
        "agents.sandbox",
        "agents.store",
        "agents.models",
        "agents.tools",
        "agents.workspaces",
        "agents.settings",
        "agents.text",
        *VALUES,
    },
    "agents.cli": {
        "agents.insight",
        "agents",
        "agents.studio",
        "agents.text",
        "agents.worker",
        "agents.settings",
        *VALUES,
    },
    "agents.__main__": {"agents", "agents.cli", "agents.studio", "agents.settings", *VALUES},
    "pages": {"agents", "agents.studio", "agents.insight", "agents.text", "agents.web", *VALUES},
    "app": {"pages", "agents", "agents.studio", "agents.settings", "agents.web", "agents.worker", *VALUES},
}
"""Part -> the other parts it may import. A part is a package or module directly under `agents`, or pages, or app."""

ONLY_IN = {
    "autogen": {"agents.engine"},
    "sqlalchemy": {"agents.store", "agents.worker.queue"},  # the queue enqueues inside the store's transaction
    "alembic": {"agents.store"},
    "psycopg": {"agents.store"},
    "sqlite3": {"agents.store", "agents.tools.builtin.scripts", "agents.tools.builtin.search", "agents.tools.vectors"},
    # the scripts run in the sandbox; the search keeps its index in memory, and vectors beside the chat's files
    "dbos": {"agents.worker.queue"},
    "apprise": {"agents.notifications"},
    "mcp": {"agents.tools.mcp"},
    "jsonschema": {"agents.specs.reply_shape"},
    "huggingface_hub": {"agents.models.weights"},
    "streamlit": {"pages", "app"},
    "pandas": {"agents.insight", "pages"},
    "plotly": {"agents.insight", "pages"},
}
"""Library -> the parts or modules that alone may import it."""


def modules() -> Iterator[tuple[str, Path]]:
    files = [ROOT / "app.py", *(ROOT / "agents").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    for file in filter(Path.exists, files):
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        yield name.removesuffix(".__init__"), file


def imports_of(module: str, file: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything that `module` imports; `from a import b` counts as a.b."""
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def part_of(name: str) -> str:
    """The part that a dotted name belongs to; for a name of `agents` itself (its door), "agents"."""
    top, _, rest = name.partition(".")
    child = rest.partition(".")[0]
    if top != "agents" or not child:
        return top
    is_module = (ROOT / "agents" / child).is_dir() or (ROOT / "agents" / f"{child}.py").exists()
    return f"agents.{child}" if is_module else "agents"


def is_within(module: str, homes: set[str]) -> bool:
    return any(module == home or module.startswith(home + ".") for home in homes)


MODULES = dict(modules())


@pytest.mark.parametrize("module", sorted(MODULES))
class TestArrows:
    def test_a_part_imports_only_the_parts_below_it(self, module: str):
        part = part_of(module)
        assert part in MAY_IMPORT, f"{part} is new: say in MAY_IMPORT what it may lean on"
        wrong = [
            f"{module}:{line} imports {name}"
            for line, name in imports_of(module, MODULES[module])
            if part_of(name) in MAY_IMPORT and part_of(name) not in {part, *MAY_IMPORT[part]}
        ]
        assert wrong == []

    def test_a_library_is_spoken_to_in_one_place(self, module: str):
        wrong = [
            f"{module}:{line} imports {name}"
            for line, name in imports_of(module, MODULES[module])
            if not is_within(module, ONLY_IN.get(name.partition(".")[0], {module}))
        ]
        assert wrong == []


class TestRules:
    @pytest.mark.processes
    def test_screens_without_tables_load_no_pandas(self):
        shared = "pages.components.start_chat, pages.components.chat.chat_list, pages.components.inbox.request_list"
        code = f"import sys, {shared}; sys.exit('pandas' in sys.modules)"
        assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT).returncode == 0

    @pytest.mark.processes
    def test_a_studio_that_opens_loads_nothing_that_it_may_never_need(self):
        heavy = ("alembic", "psycopg", "autogen", "dbos", "openai", "mcp", "pandas")
        code = f"import sys, agents.studio; sys.exit(any(name in sys.modules for name in {heavy}))"
        assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT).returncode == 0

    def test_no_part_of_a_page_runs_by_streamlits_own_clock(self):
        """Decision 17: it loses pages. `pages.components.live.redraw` has the browser ask instead."""
        asks = [
            module
            for module, file in MODULES.items()
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.keyword) and node.arg == "run_every"
        ]
        assert asks == []

    def test_the_store_and_the_engine_never_import_each_other(self):
        assert "agents.engine" not in MAY_IMPORT["agents.store"]
        assert "agents.store" not in MAY_IMPORT["agents.engine"]

    def test_of_tools_and_sandboxes_the_engine_takes_only_the_values_that_they_return(self):
        values = {"agents.sandbox.values", "agents.tools.result"}
        wrong = [
            f"{module}:{line} imports {name}"
            for module in MODULES
            if part_of(module) == "agents.engine"
            for line, name in imports_of(module, MODULES[module])
            if part_of(name) in ("agents.sandbox", "agents.tools") and name.rpartition(".")[0] not in values
        ]
        assert wrong == []

    def test_no_arrow_points_back(self):
        """Following the arrows from a part never leads to it again (the door `agents` stands above the parts)."""

        def reached(part: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
            for below in MAY_IMPORT[part] - seen:
                seen = reached(below, seen | {below})
            return seen

        assert [part for part in MAY_IMPORT if part in reached(part)] == []

    def test_imports_inside_functions_and_relative_ones_are_seen(self, tmp_path: Path):
        file = tmp_path / "leg.py"
        file.write_text(
            "def run():\n    import autogen.agentchat\n    from ..store import log\n    from . import gates\n"
        )
        found = list(imports_of("agents.engine.leg", file))
        assert found == [(2, "autogen.agentchat"), (3, "agents.store.log"), (4, "agents.engine.gates")]


class TestSizes:
    def test_no_file_has_more_than_400_lines(self):
        files = [file for top in ("agents", "pages") for file in (ROOT / top).rglob("*.*")]
        lengths = {
            str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
            for file in files
            if file.suffix in (".py", ".js", ".css")
        }
        assert len(lengths) > 200
        assert {name: length for name, length in lengths.items() if length > 400} == {}
