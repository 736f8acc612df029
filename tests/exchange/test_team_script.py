"""A team as a Python script: what it says, that hostile texts stay texts, and that it is read back as the same team."""

import ast
import io
import tokenize
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import SpecError
from agents.exchange import read, team_script
from agents.exchange.python_literals import comment, identifier, quoted, text_literal, value_literal
from agents.specs import TeamSpec, load_team
from agents.specs.gallery import gallery
from tests.support.fuzz import examples

READY = [pytest.param(team.spec, id=team.name) for team in gallery()]
HOSTILE = [
    '"""\nimport os; os.abort()\n"""', "'''\n__import__('os').abort()\n'''", "a\\", '"', "'", '\\"""', "{task}", "%s",
    "\r\nboom()", "\n# coding: rot13\nboom()", "\x0cboom()", "\u2028boom()", "\u202eboom", "é\tü", '")\nboom()\n("',
    "x" * 500 + " y" * 200, "\\N{DIGIT ONE}\\x41", "ends with \\\n", "trail \n\n  space  ", '"""' * 3,
]  # fmt: skip
ANY_TEXT = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
FULL = """
name: All of it
agents:
  - {name: user, role: human, human_input_mode: TERMINATE, description: Asks., max_consecutive_auto_reply: 3}
  - {name: Writer, prompt: "You write.\\nWell.", description: Writes., temperature: 0.3, parameters: {top_p: 0.5}}
  - {name: Runner, role: executor, human_input_mode: NEVER, description: Runs., auto_reply: No code.}
  - {name: Judge, prompt: You judge., description: Judges., human_input_mode: ALWAYS}
initiator: Writer
selection:
  method: %s
  transitions: {user: [Writer, Judge], Writer: [Runner, Writer], Runner: [Judge], Judge: [user]}
  max_attempts: 5
  message: "Choose: {roles} of {agentlist}."
  prompt: "Who of {agentlist}?"
  prompt_role: user
termination: {phrases: [DONE, OVER], match: %s}
limits: {max_rounds: 17, when_reached: end}
sandbox: {timeout_s: 30}
example_tasks: [Write a poem.]
"""
PAIR = """
name: Two
agents:
  - {name: Coder, prompt: You write code., description: Codes., max_consecutive_auto_reply: 4}
  - {name: Runner, role: executor, human_input_mode: NEVER, description: Runs.}
selection: {method: round_robin}
initiator: Runner
limits: {max_rounds: %s, when_reached: end}
termination: {phrases: [TERMINATE], match: equals}
"""


def carried(team: TeamSpec) -> dict[str, Any]:
    """What of a team both a script and its reading have."""
    agents = [
        {
            "name": agent.name,
            "role": agent.role,
            "prompt": agent.prompt if agent.has_model else "",
            "description": agent.description,
            "mode": agent.asks_human,
            "most": agent.max_consecutive_auto_reply,
            "auto_reply": agent.auto_reply,
            "temperature": agent.temperature,
            "parameters": agent.parameters,
        }
        for agent in sorted(team.agents, key=lambda agent: agent.name)
    ]
    chosen = {"connection", "model", "function", "named"}
    return {
        "agents": agents,
        "selection": team.selection.model_dump(exclude=chosen) if len(team.agents) > 2 else {},
        "giver": team.task_giver,
        "ending": (team.termination.phrases, team.termination.match),
        "rounds": team.limits.max_rounds,
        "timeout_s": team.sandbox.timeout_s if any(agent.role == "executor" for agent in team.agents) else 0,
    }


def read_back(team: TeamSpec) -> TeamSpec:
    (found,) = read(team_script(team)).teams
    return found.spec


def hostile(text: str) -> TeamSpec:
    """A team that says `text` wherever it may."""
    name = " ".join(text.split())[:60] or "x"
    member = {"prompt": text, "description": text[:300], "auto_reply": text[:300], "display_name": name}
    return TeamSpec.model_validate(
        {
            "name": f"{name} coding: rot13",
            "description": text[:3_000],
            "agents": [
                {"name": "user", "role": "human", **member},
                {
                    "name": "class",
                    **member,
                    "reminder": text[:300],
                    "parameters": {"stop": [text], "odd": {text: text}},
                },
                {"name": "import-os", **member, "model": name},
            ],
            "selection": {"message": f"{text} {{roles}}", "prompt": text, "named": True},
            "termination": {"phrases": [text if text.strip() else "x"], "match": "contains"},
            "variables": {"v": text},
            "example_tasks": [text if text.strip() else "x"],
        }
    )


def texts_of(source: str) -> set[str]:
    constants = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)}


def shape_of(source: str) -> list[str]:
    """What a script does, whatever its texts say: its statements and its calls."""
    nodes = list(ast.walk(ast.parse(source)))
    calls = [ast.dump(node.func) for node in nodes if isinstance(node, ast.Call)]
    return [*(type(node).__name__ for node in nodes if isinstance(node, ast.stmt)), *calls]


class TestReadyTeams:
    @pytest.mark.parametrize("team", READY)
    def test_give_a_script_that_compiles_and_is_the_same_each_time(self, team: TeamSpec) -> None:
        source = team_script(team)
        compile(source, "team.py", "exec")
        assert source == team_script(team.model_copy(deep=True))
        assert all(agent.prompt in texts_of(source) for agent in team.filled({}).agents if agent.has_model)

    @pytest.mark.parametrize("team", READY)
    def test_are_read_back_with_the_same_members(self, team: TeamSpec) -> None:
        found = carried(read_back(team))
        assert found["agents"] == carried(team.filled({}))["agents"]
        assert (found["giver"], found["timeout_s"]) == (team.task_giver, carried(team)["timeout_s"])
        assert found["rounds"] == team.limits.max_rounds


class TestRoundTrip:
    @pytest.mark.parametrize("method", ["auto", "round_robin", "random", "manual"])
    @pytest.mark.parametrize("match", ["ends_with", "contains", "equals"])
    def test_of_a_group_carries_what_both_have(self, method: str, match: str) -> None:
        team = load_team(FULL % (method, match))
        expected = carried(team)
        if method != "auto":
            expected["selection"] |= carried(read_back(team))["selection"] | {
                name: expected["selection"][name] for name in ("method", "transitions", "allow_repeat")
            }
        assert carried(read_back(team)) == expected

    @pytest.mark.parametrize("rounds", ["8", "null"])
    def test_of_two_agents_carries_what_both_have(self, rounds: str) -> None:
        team = load_team(PAIR % rounds)
        assert carried(read_back(team)) == carried(team)

    def test_says_what_it_cannot_read_of_an_ending(self) -> None:
        team = TeamSpec.model_validate({**load_team(PAIR % "8").model_dump(), "termination": {"by": ["Coder"]}})
        (found,) = read(team_script(team)).teams
        assert any("is a check that is not carried" in note.text for note in found.notes)


class TestHostileTexts:
    @pytest.mark.parametrize("text", HOSTILE)
    def test_change_no_line_of_what_a_script_does(self, text: str) -> None:
        source = team_script(hostile(text))
        assert shape_of(source) == shape_of(team_script(hostile("harmless")))
        assert text in texts_of(source)
        assert tokenize.detect_encoding(io.BytesIO(source.encode()).readline)[0] == "utf-8"
        ast.parse(source.encode())

    @given(ANY_TEXT, st.integers(0, 40))
    @examples(300)
    def test_are_literals_of_themselves(self, text: str, indent: int) -> None:
        for literal in (quoted(text), text_literal(text, indent, indent), value_literal({"a": [text]})):
            assert ast.literal_eval(literal) in (text, {"a": [text]})

    @given(ANY_TEXT)
    @examples(300)
    def test_are_comments_on_every_line(self, text: str) -> None:
        source = comment(text, "- ", "  ")
        assert ast.parse(f"#\n#\n{source}".encode()).body == []  # behind the lines that may say how a file is encoded
        assert all(line.startswith("#") for line in source.splitlines())

    @given(st.text(max_size=80), st.sets(st.sampled_from(["agent", "agent_2", "user"])))
    @examples(300)
    def test_are_names_of_variables(self, name: str, taken: set[str]) -> None:
        made = identifier(name, taken)
        (statement,) = ast.parse(made).body
        assert made not in taken
        assert isinstance(statement, ast.Expr)
        assert isinstance(statement.value, ast.Name)


class TestWhatIsNotCarried:
    def test_stands_in_the_first_lines(self) -> None:
        team = next(team.spec for team in gallery() if team.name == "meeting-notes")
        head = team_script(team).partition("\nimport ")[0]
        assert all(line.startswith("#") for line in head.strip().splitlines())
        for said in (
            "Tools of the studio: Note reader (list_files",
            "shape of the replies",
            "said 3 times",
            "asks you",
        ):
            assert said in " ".join(head.replace("#", "").split())

    def test_a_key_in_a_text_is_left_out(self) -> None:
        key = "sk-" + "Ab1" * 12
        source = team_script(hostile(f"Use {key} for it."))
        assert key not in source
        assert "[key]" in source

    def test_a_member_that_is_a_team_is_refused(self) -> None:
        inner = load_team(PAIR % "8").model_dump()
        team = TeamSpec.model_validate(
            {"name": "T", "agents": [{"name": "A"}, {"name": "B", "role": "team", "team": inner}]}
        )
        with pytest.raises(SpecError, match=r"B is a team\. A Python script cannot have teams as members"):
            team_script(team)

    def test_a_member_that_is_off_is_not_there(self) -> None:
        agents = [{"name": "A"}, {"name": "B"}, {"name": "Gone", "is_off": True}]
        source = team_script(TeamSpec.model_validate({"name": "T", "agents": agents}))
        assert "Gone" not in source
        assert "a.initiate_chat(b, message=task, max_turns=6)" in source
