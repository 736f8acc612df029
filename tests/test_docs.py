"""The documentation is true: paths exist, links lead somewhere, variables, commands, options and labels are the code's.

Reads the Markdown files and the code with `ast`; opens no studio.
"""

import argparse
import ast
import os
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from agents.cli.arguments import parser
from agents.specs import load_team
from agents.tools import ToolRegistry

ROOT = Path(__file__).resolve().parents[1]
ARCHITECTURE = ROOT / "docs" / "architecture.md"
GUIDE = ROOT / "docs" / "guide"
HIDDEN = (".git", ".venv", "node_modules", "__pycache__")


def files_under(folder: Path, ending: str) -> list[Path]:
    """The files of that ending, but those of tools and of a studio that runs here."""
    found: list[Path] = []
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(HIDDEN) and name != ".studio"]
        found += [Path(where, name) for name in names if name.endswith(ending)]
    return sorted(found)


PAPERS = {str(path.relative_to(ROOT)): path for path in files_under(ROOT, ".md")}
CODE = [ROOT / "app.py", *files_under(ROOT / "agents", ".py"), *files_under(ROOT / "pages", ".py")]
FOR_USERS = {name: path for name, path in PAPERS.items() if name == "README.md" or path.is_relative_to(GUIDE)}


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


class Block(NamedTuple):
    """A fenced block of code in a Markdown file."""

    language: str
    text: str


def blocks(path: Path) -> list[Block]:
    fence = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [Block(*found) for found in fence.findall(text_of(path))]


def prose(path: Path) -> str:
    """A Markdown file without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", text_of(path), flags=re.MULTILINE | re.DOTALL)


def section(path: Path, heading: str) -> str:
    """What stands under the heading, up to the next one of its level."""
    _, _, rest = prose(path).partition(f"\n## {heading}\n")
    assert rest, f"{path.name} has no heading {heading!r}"
    return rest.partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, without heads and rulers."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    rulers = {position for position, row in enumerate(cells) if set("".join(row)) <= set("-: ")}
    return [row for position, row in enumerate(cells) if position not in rulers and position + 1 not in rulers]


def quoted(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`\n]+)`", text)


class TestFileMap:
    def test_everything_on_the_map_exists(self):
        named = [name for row in rows(section(ARCHITECTURE, "The map")) for name in quoted(row[0])]
        assert len(named) > 20
        assert [name for name in named if not (ROOT / name).exists()] == []

    def test_every_folder_and_every_top_module_of_agents_is_on_the_map(self):
        named = {name.rstrip("/") for row in rows(section(ARCHITECTURE, "The map")) for name in quoted(row[0])}
        folders = {str(path.parent.relative_to(ROOT)) for path in files_under(ROOT / "agents", ".py")}
        modules = {str(path.relative_to(ROOT)) for path in (ROOT / "agents").glob("[!_]*.py")}
        assert {*folders, *modules} - named - {"agents"} == set()

    @pytest.mark.parametrize("name", sorted(set(PAPERS) - {"CHANGELOG.md"}))
    def test_every_path_that_a_paper_names_exists(self, name: str):
        tops = ("agents/", "pages/", "tests/", "docs/", "bench/")
        named = {word.partition("::")[0] for word in quoted(prose(PAPERS[name])) if word.startswith(tops)}
        missing = [word for word in sorted(named) if not any(ROOT.glob(word.rstrip("/"))) and "<" not in word]
        assert missing == []


def is_there(name: str) -> bool:
    """Whether a path, or a dotted name of ours with what is in that module, exists."""
    if "/" in name:
        return (ROOT / name).exists()
    parts = name.split(".")
    for n in range(len(parts), 0, -1):
        base = ROOT.joinpath(*parts[:n])
        for file in (base.with_suffix(".py"), base / "__init__.py"):
            if file.exists():
                return n == len(parts) or parts[n] in re.findall(r"\w+", text_of(file))
    return False


class TestDocstrings:
    def test_every_module_and_path_that_the_code_names_in_backticks_exists(self):
        name = re.compile(r"`((?:agents|pages|tests|bench)(?:\.[a-zA-Z_][\w.]*|/[\w./-]+))`")
        own = [*CODE, *files_under(ROOT / "tests", ".py"), *files_under(ROOT / "bench", ".py")]
        missing = {f"{path.relative_to(ROOT)}: {found}" for path in own for found in name.findall(text_of(path))}
        assert [entry for entry in sorted(missing) if not is_there(entry.partition(": ")[2])] == []


class TestWhereIs:
    def test_each_question_is_answered_by_a_file_that_exists(self):
        answers = rows(section(ARCHITECTURE, "Where is ..."))
        assert len(answers) >= 22
        for question, answer in answers:
            named = quoted(answer)
            assert named, question
            assert [name for name in named if not (ROOT / name).exists()] == [], question

    def test_it_is_the_end_of_the_paper(self):
        assert prose(ARCHITECTURE).rpartition("\n## ")[2].startswith("Where is ...")


def anchors(path: Path) -> set[str]:
    """The anchors of a paper's headings, made as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} (.+)$", prose(path), re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", heading.replace("`", "").strip().lower()).replace(" ", "-")
        found.add(next(name for name in (words, *(f"{words}-{n}" for n in range(1, 99))) if name not in found))
    return found


@pytest.mark.parametrize("name", sorted(PAPERS))
class TestLinks:
    def test_relative_links_lead_somewhere(self, name: str):
        path = PAPERS[name]
        targets = re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"", prose(path))
        broken = []
        for target in (markdown or html for markdown, html in targets):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            at = (path.parent / file).resolve() if file else path
            if not at.exists() or (anchor and anchor not in anchors(at)):
                broken.append(target)
        assert broken == []


PROVIDERS = "OPENAI|AZURE_OPENAI|ANTHROPIC|GEMINI|MISTRAL|OPENROUTER|OLLAMA|OAI"
KNOWN_PREFIX = re.compile(rf"(STUDIO|{PROVIDERS}|DOCKER|PIP|SSL|CURL|REQUESTS|GROUPCHAT)_[A-Z0-9_]+")
GIVEN = {"HOME", "PATH", "LANG", "USER", "LOGNAME", "TMPDIR", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_INPUT"}
"""What every process has, and what the studio itself tells pip."""


def strings(node: ast.AST) -> Iterator[str]:
    yield from (item.value for item in ast.walk(node) if isinstance(item, ast.Constant) and isinstance(item.value, str))


@cache
def constants(tree: ast.Module) -> dict[str, set[str]]:
    """Name -> the strings that the module assigns to it."""
    found: dict[str, set[str]] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = [*zip(target.elts, node.value.elts, strict=True)]
            for name, value in pairs:
                if isinstance(name, ast.Name):
                    found[name.id] = set(strings(value))
    return found


def is_environment(node: ast.AST) -> bool:
    return ast.unparse(node).rpartition(".")[2].lstrip("_").endswith("environ")


def variables_in(path: Path) -> set[str]:
    """The environment variables that a module reads by name."""
    tree = parsed(path)
    known = constants(tree)
    known |= dict(_imported(tree))
    read: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            is_get = node.func.attr in ("get", "pop", "setdefault") and is_environment(node.func.value)
            if is_get or node.func.attr == "getenv":
                read.append(node.args[0])
        elif isinstance(node, ast.Subscript) and is_environment(node.value):
            read.append(node.slice)
    found: set[str] = set()
    for node in read:
        if isinstance(node, ast.Constant):
            found.add(str(node.value))
        elif isinstance(node, ast.Name):
            found |= known.get(node.id, set())
    return found | {text for text in strings(tree) if KNOWN_PREFIX.fullmatch(text)}


def _imported(tree: ast.Module) -> Iterator[tuple[str, set[str]]]:
    """(name, strings) of the constants that a module imports from another one of ours."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("agents."):
            file = ROOT.joinpath(*node.module.split(".")).with_suffix(".py")
            if file.exists():
                theirs = constants(parsed(file))
                yield from ((each.asname or each.name, theirs.get(each.name, set())) for each in node.names)


def documented_variables() -> list[str]:
    return [name for row in rows(text_of(GUIDE / "environment.md")) for name in quoted(row[0])]


class TestEnvironmentVariables:
    def test_every_variable_that_the_code_reads_is_in_the_table_and_the_other_way_round(self):
        read = set[str]().union(*map(variables_in, CODE)) - GIVEN
        assert {name for name in read if name.isupper()} == set(documented_variables())

    def test_each_has_one_row(self):
        named = documented_variables()
        assert sorted(set(named)) == sorted(named)

    def test_no_other_paper_speaks_of_a_variable_that_is_not_there(self):
        known = {*documented_variables(), *GIVEN}
        for name, path in PAPERS.items():
            words = {word.rstrip("_") for word in re.findall(rf"\b(?:STUDIO|{PROVIDERS})_[A-Z0-9_]+", text_of(path))}
            assert words - known == set(), name


HEAD = "Exit codes"
"""The heading before the commands."""
COMMON = {"--help", "--home"}
"""Options of every command."""
STARTS = ("python -m agents", ".venv/bin/python -m agents", "groupchat-studio")


def commands(path: Path) -> Iterator[list[str]]:
    """The words after the program of every example that calls the command line, in blocks and in sentences."""
    lines = [line for block in blocks(path) if block.language == "sh" for line in block.text.splitlines()]
    for line in [*lines, *quoted(prose(path))]:
        start = next((start for start in STARTS if line == start or line.startswith(f"{start} ")), None)
        if start is not None:
            words = shlex.split(line.removeprefix(start), comments=True)
            words = words[: words.index(">")] if ">" in words else words
            is_serving = start == "groupchat-studio" and (not words or words[0].startswith("--"))
            yield ["serve", *words] if is_serving and words != ["--version"] else words


def refusal(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Why the real parser refuses the command; "" when it takes it, or when nothing but the program is named."""
    try:
        if words:
            parser().parse_args(words)
    except SystemExit:
        return capsys.readouterr().err
    return ""


def subparsers() -> dict[str, argparse.ArgumentParser]:
    [action] = [action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(action.choices)


def options_of(command: argparse.ArgumentParser) -> set[str]:
    return {word for action in command._actions for word in action.option_strings if word.startswith("--")}


class TestCommandLine:
    @pytest.mark.parametrize("name", sorted(set(PAPERS) - {"CHANGELOG.md"}))
    def test_every_example_is_understood(self, name: str, capsys: pytest.CaptureFixture[str]):
        wrong = {shlex.join(words): refusal(words, capsys) for words in commands(PAPERS[name])}
        assert {words: why for words, why in wrong.items() if why} == {}

    def test_there_are_examples(self):
        assert len([words for path in PAPERS.values() for words in commands(path)]) > 15

    def test_every_command_has_a_section_and_every_section_is_a_command(self):
        headings = re.findall(r"^## (.+)$", prose(GUIDE / "command-line.md"), re.MULTILINE)
        assert headings[0] == HEAD
        assert {*headings[1:]} == {*subparsers()}

    @pytest.mark.parametrize("name", sorted(subparsers()))
    def test_a_section_names_every_option_of_its_command_and_no_other(self, name: str):
        told = section(GUIDE / "command-line.md", name)
        named = {word for text in quoted(told) for word in re.findall(r"--[a-z-]+", text)}
        assert named == options_of(subparsers()[name]) - COMMON

    def test_what_every_command_has_is_said_once(self):
        assert set.intersection(*map(options_of, subparsers().values())) == COMMON
        told = prose(GUIDE / "command-line.md").partition("\n## ")[0] + section(GUIDE / "command-line.md", HEAD)
        assert all(f"`{option}" in told for option in COMMON)


class TestMake:
    def test_every_make_command_that_a_paper_names_is_there(self):
        [targets] = re.findall(r"^\.PHONY: (.+)$", text_of(ROOT / "Makefile"), re.MULTILINE)
        for name, path in PAPERS.items():
            lines = [line for block in blocks(path) if block.language == "sh" for line in block.text.splitlines()]
            named = {line.split()[1] for line in [*lines, *quoted(prose(path))] if line.startswith("make ")}
            assert named - {*targets.split()} == set(), name


@cache
def shown_texts() -> str:
    """Every text that the code and the ready teams hold, one after the other."""
    ready = [text_of(path) for path in files_under(ROOT / "agents" / "specs" / "gallery", ".yaml")]
    return "\n".join([*ready, *(text for path in CODE for text in strings(parsed(path)))])


@pytest.mark.parametrize("name", sorted(FOR_USERS))
class TestLabels:
    def test_what_stands_in_italics_is_on_a_screen(self, name: str):
        labels = re.findall(r"(?<![*\w])\*([^*\n]+)\*(?![*\w])", prose(FOR_USERS[name]))
        assert [label for label in labels if label not in shown_texts()] == []


class TestExamples:
    @pytest.mark.parametrize("name", sorted(FOR_USERS))
    def test_yaml_examples_are_teams_or_parts_of_one(self, name: str):
        for block in blocks(FOR_USERS[name]):
            if block.language == "yaml":
                whole = "name: Pair\nagents:\n  - name: One\n  - name: Two\n"
                load_team(block.text if block.text.startswith("name:") else whole + block.text)

    @pytest.mark.parametrize("name", sorted(FOR_USERS))
    def test_python_examples_are_python(self, name: str):
        for block in blocks(FOR_USERS[name]):
            if block.language == "python":
                compile(block.text, name, "exec")

    def test_the_plugins_in_the_guide_are_a_tool_and_functions_that_decide(self, tmp_path: Path):
        stock, review = [block.text for block in blocks(GUIDE / "tools.md") if block.language == "python"]
        (tmp_path / "stock.py").write_text(stock, encoding="utf-8")
        (tmp_path / "review.py").write_text(review, encoding="utf-8")
        registry = ToolRegistry(tmp_path)
        assert registry.tools()["in_stock"].is_idempotent
        decides = {name: function.decides for name, function in registry.functions().items()}
        assert decides == {"reviewer_after_code": "selection", "enough_words": "termination"}
        assert registry.broken() == []
