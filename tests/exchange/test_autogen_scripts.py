"""Scripts for AutoGen and AG2 in public style: each with all that must come out; and the lesson's listings."""

import json
from pathlib import Path

import pytest
from autogen import AssistantAgent, UserProxyAgent

from agents.errors import SpecError
from agents.exchange import autogen_defaults, read
from agents.specs import AgentSpec
from tests.support.listings import LESSON, PROSE, TWO_AGENTS
from tests.support.readings import told

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.txt"))
GIVES = "\n=== gives\n"


def notebook(*cells: str) -> str:
    """A notebook of these cells of code."""
    made = [
        {"cell_type": "code", "source": cell.splitlines(keepends=True), "outputs": [], "metadata": {}} for cell in cells
    ]
    text = {"cell_type": "markdown", "source": ["# Title"], "metadata": {}}
    return json.dumps({"cells": [text, *made], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


class TestLesson:
    @pytest.mark.parametrize("text", [LESSON, PROSE], ids=["listings", "with prose"])
    def test_its_listings_give_the_two_teams_that_they_describe(self, text: str):
        pair, group = read(text).teams
        assert [(agent.name, agent.role) for agent in pair.spec.agents] == [
            ("executor_proxy", "executor"),
            ("programmer_assistant", "assistant"),
        ]
        executor, programmer = pair.spec.agents
        assert (executor.asks_human, executor.max_consecutive_auto_reply) == ("NEVER", 5)
        assert programmer.prompt.startswith("You are a creative and precise Python programmer. Write clean code.")
        assert programmer.temperature == 0.2
        ending = pair.spec.termination
        assert (ending.phrases, ending.match, ending.by) == (["TERMINATE"], "ends_with", ["programmer_assistant"])
        assert pair.spec.task_giver == "executor_proxy"
        assert pair.task.startswith("Write a Python script that calculates the first 10 numbers")
        members = [agent.name for agent in group.spec.agents]
        assert members == ["executor_proxy", "Product_Manager", "Developer", "QA_Engineer"]
        assert (group.spec.selection.method, group.spec.limits.max_rounds) == ("auto", 12)
        assert group.task.startswith("We need to build a simple command-line task manager")
        assert group.spec.task_giver == "executor_proxy"

    def test_its_key_is_in_no_team_and_in_no_note(self):
        assert "your-api-key-here" not in str(read(LESSON))

    def test_lines_of_prose_are_named(self):
        assert [str(note) for note in read(PROSE).notes] == [
            "These lines are not Python and were skipped: 1–4, 36–40, 73–74."
        ]

    def test_markdown_with_fenced_listings_is_read_too(self):
        text = f"# A lesson\n\nFirst:\n\n```python\n{TWO_AGENTS}```\n\nThen `x`:\n\n```sh\npip install pyautogen\n```\n"
        (team,) = read(text).teams
        assert team.spec.name == "programmer_assistant and executor_proxy"
        assert team.notes[1].place == "line 23"  # where it stands in the text


class TestScripts:
    @pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.stem)
    def test_all_that_it_says_comes_out_or_is_named(self, file: Path):
        script, found, expected = file.read_text(encoding="utf-8").partition(GIVES)
        assert found
        assert told(read(script)) == expected

    def test_there_are_twenty_at_least(self):
        assert len(SCRIPTS) >= 20

    def test_what_autogen_gives_by_itself_is_what_it_is_here(self):
        assert autogen_defaults.ASSISTANT_PROMPT == AssistantAgent.DEFAULT_SYSTEM_MESSAGE
        assert autogen_defaults.ASSISTANT_DESCRIPTION == AssistantAgent.DEFAULT_DESCRIPTION
        assert autogen_defaults.PROXY_DESCRIPTIONS == UserProxyAgent.DEFAULT_USER_PROXY_AGENT_DESCRIPTIONS


class TestNotebooks:
    def test_cells_are_read_in_order_and_places_name_them(self):
        cells = TWO_AGENTS.split("# Create the User")
        reading = read(
            notebook("%pip install pyautogen\n!ls\n", "%%bash\nrm -rf /", cells[0], "# Create the User" + cells[1])
        )
        assert reading.kind == "an AutoGen notebook"
        assert [note.place for note in reading.teams[0].notes] == ["", "cell 5, line 2"]

    def test_a_cell_that_is_no_python_is_named_and_the_others_are_read(self):
        reading = read(notebook("print 'old'", TWO_AGENTS))
        assert len(reading.teams) == 1
        assert "cell 2, line 1: The cell is not Python" in " ".join(str(note) for note in reading.notes).replace(
            "C", "c", 1
        )

    def test_a_damaged_one_says_what_it_is(self):
        with pytest.raises(SpecError, match=r"It is a notebook \(\.ipynb\) that is cut off or damaged"):
            read(notebook(TWO_AGENTS)[:-40])


def condition(check: str, before: str = "") -> str:
    """How a team ends whose user proxy has this check."""
    script = (
        f"import autogen\n{before}\n"
        "a = autogen.AssistantAgent('a', llm_config={}, system_message='a')\n"
        f"u = autogen.UserProxyAgent('u', code_execution_config=False, is_termination_msg={check})\n"
        "u.initiate_chat(a, message='x')\n"
    )
    ending = read(script).teams[0].spec.termination
    return f"{ending.match} {'|'.join(ending.phrases)}"


class TestEndings:
    @pytest.mark.parametrize(
        ("check", "expected"),
        [
            ("lambda x: x.get('content', '').rstrip().endswith('TERMINATE')", "ends_with TERMINATE"),
            ("lambda x: x.get('content', '') and x.get('content', '').rstrip().endswith('X')", "ends_with X"),
            ("lambda x: x['content'].strip().endswith(('A', 'B'))", "ends_with A|B"),
            ("lambda x: 'X' in x['content']", "contains X"),
            ("lambda x: x.get('content') is not None and 'X' in x['content']", "contains X"),
            ("lambda x: 'content' in x and x['content'] is not None and 'X' in x['content']", "contains X"),
            ("lambda x: True if 'X' in x.get('content') else False", "contains X"),
            ("lambda x: x.get('content', '').find('X') >= 0", "contains X"),
            ("lambda x: bool('X' in x['content'])", "contains X"),
            ("lambda x: 'A' in x['content'] or 'B' in x['content']", "contains A|B"),
            ("lambda x: x['content'] == 'X'", "equals X"),
            ("lambda x: x['content'].strip() in ('A', 'B')", "equals A|B"),
            ("lambda x: 'x' in x['content'].lower()", "contains X|x"),
            ("lambda x: WORD in x['content']", "contains X"),
            ("lambda x: named(x)", "contains X"),
            ("named", "contains X"),
            ("chain", "ends_with A|B"),
            ("lambda x: False", "ends_with "),
            ("None", "equals TERMINATE"),
        ],
    )  # fmt: skip
    def test_the_common_forms_are_phrases(self, check: str, expected: str):
        before = (
            "WORD = 'X'\n"
            "def named(message):\n    text = message.get('content')\n    if not text:\n        return False\n"
            "    return 'X' in text\n"
            "def chain(m):\n    if m['content'].endswith('A'):\n        return True\n"
            "    if m['content'].endswith('B'):\n        return True\n    return False\n"
        )
        assert condition(check, before) == expected

    @pytest.mark.parametrize(
        "check",
        ["lambda x: len(x['content']) > 9", "lambda x: other(x)", "lambda x: not 'X' in x['content']", "make()",
         "lambda x: x['content'].endswith('A') or 'B' in x['content']",
         "lambda x: 'A' in x['content'] and 'B' in x['content']"],
    )  # fmt: skip
    def test_others_are_named(self, check: str):
        script = (
            "import autogen\nfrom x import other, make\n"
            "a = autogen.AssistantAgent('a', llm_config={}, system_message='a')\n"
            f"u = autogen.UserProxyAgent('u', code_execution_config=False, is_termination_msg={check})\n"
            "u.initiate_chat(a, message='x')\n"
        )
        assert condition(check, "from x import other, make") == "equals TERMINATE"
        assert "is a check that is not carried" in told(read(script))

    def test_a_check_that_a_branch_narrows_is_not_taken_for_the_rest(self):
        before = "def f(m):\n    if 'NOT' in m['content']:\n        return False\n    return 'X' in m['content']\n"
        assert condition("f", before) == "equals TERMINATE"


class TestTools:
    def test_a_tool_brings_what_it_uses_and_says_what_it_cannot(self):
        script = (Path(__file__).parent / "scripts" / "tools_decorators.txt").read_text(encoding="utf-8")
        (tool,) = read(script.partition(GIVES)[0]).teams[0].tools
        assert "import math" in tool.source
        assert 'Operator = Literal["+", "-"]' in tool.source
        assert "def rounded(" in tool.source
        assert "def calculator(" in tool.source  # its name for models, as plugins have it
        assert "register_for" not in tool.source
        compile(tool.source, "plugin", "exec")
        changed = script.partition(GIVES)[0].replace("rounded(a", "llm_config and rounded(a")
        assert "# Not here, as the script makes it while it runs: llm_config" in read(changed).teams[0].tools[0].source

    def test_no_key_of_a_script_is_in_what_is_shown_of_it(self):
        key = "sk-0123456789abcdefghijABCD"
        lines = [f"KEY = '{key}'", "def look(q: str) -> str:", "    return fetch(q, KEY)"]
        script = (
            TWO_AGENTS.replace("your-api-key-here", key)
            + "\n".join(lines)
            + "\nautogen.register_function(look, caller=assistant, executor=user_proxy, description='x')\n"
        )
        reading = read(script)
        assert "KEY = '[key]'" in reading.teams[0].tools[0].source
        assert key not in str(reading)


class TestRefused:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("import autogen\nprint(autogen.f())", "uses AutoGen, but makes no agents"),
            ("import autogen.x\nfrom autogen.agentchat.contrib.agent_builder import AgentBuilder\nAgentBuilder()",
             "builds its agents with a model while it runs"),
            ("from autogen_agentchat.agents import AssistantAgent\na = AssistantAgent('a', model_client=c)",
             "It is a script for AutoGen 0.4 (autogen_agentchat). Give the team as JSON"),
            ("import os\nprint(os.getcwd())", "It is Python that makes no agents of AutoGen"),
            ("def f(:\n  pass\nclass", "line 1: It is not Python that can be read"),
            ("import autogen\nx = " + "[" * 150 + "]" * 150, "not Python and were skipped: 2."),
            ("x = autogen.f()\n" * 40_000, "of a script at most 400,000 are read"),
            ("\0\0", "characters that no text has"),
            ("   ", "It is empty"),
        ],
        ids=["no agents", "builder", "newer", "other python", "broken", "deep", "long", "binary", "empty"],
    )  # fmt: skip
    def test_what_it_is_is_said(self, text: str, said: str):
        with pytest.raises(SpecError) as caught:
            read(text, "The file 'x.py'")
        assert said in str(caught.value)
        assert len(str(caught.value)) < 400

    def test_a_team_that_no_team_may_be_is_left_out_and_the_others_come(self):
        many = "g = [autogen.AssistantAgent(f'a{i}', llm_config={}, system_message='x') for i in range(60)]\n"
        group = "m = autogen.GroupChatManager(autogen.GroupChat(g, [], 5))\ng[0].initiate_chat(m, message='x')\n"
        reading = read(TWO_AGENTS + many + group)
        assert len(reading.teams) == 1
        assert "This team is left out: It has 60 entries; at most 50 are allowed." in told(reading)
        assert isinstance(reading.teams[0].spec.agents[0], AgentSpec)
