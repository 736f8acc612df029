"""Team files that cannot be used: one clear error each, which names the field."""

import json
import time
from typing import Any

import pytest

from agents.errors import SpecError
from agents.specs import load_team

AGENTS = [{"name": "Writer", "prompt": "Write."}, {"name": "Critic", "prompt": "Review."}]


def file(**fields: Any) -> str:
    return json.dumps({"name": "Team", "agents": AGENTS, **fields})


def first_agent(**fields: Any) -> str:
    return file(agents=[{**AGENTS[0], **fields}, AGENTS[1]])


BOMB = "a: &a [x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

BAD = {
    "a missing name": ('{"agents": []}', "name", "required"),
    "no agents": ('{"name": "T"}', "agents", "required"),
    "one agent": (file(agents=AGENTS[:1]), "agents", "at least 2"),
    "an agent without a name": (file(agents=[{"prompt": "x"}, AGENTS[1]]), "agents.1.name", "required"),
    "two agents of one name": (file(agents=[AGENTS[0], AGENTS[0]]), "", "Two agents are named 'Writer'"),
    "a prompt of 1 MB": (first_agent(prompt="x" * 1_000_000), "agents.1.prompt", "1,000,000 characters"),
    "a number for a name": (file(name=7), "name", "7"),
    "a text for the agents": (file(agents="Writer, Critic"), "agents", "Writer, Critic"),
    "a text for a limit": (file(limits={"max_rounds": "many"}), "limits.max_rounds", "many"),
    "an unknown mode": (first_agent(human_input_mode="SOMETIMES"), "agents.1.human_input_mode", "ALWAYS"),
    "a non-ASCII name": (first_agent(name="Jürgen"), "agents.1.name", "display_name"),
    "an empty name": (first_agent(name=""), "agents.1.name", "starts with a letter"),
    "an unknown field": (first_agent(promt="Write."), "agents.1.promt", "no field of this name"),
    "an unknown field of the team": (file(max_round=12), "max_round", "no field of this name"),
    "a follower who is not there": (file(selection={"transitions": {"Writer": ["Bob"]}}), "", "'Bob'"),
    "a reserved parameter": (first_agent(parameters={"stream": True}), "agents.1.parameters", "stream"),
    "a newer schema": (file(schema_version=99), "schema_version", "99"),
    "an empty phrase": (file(termination={"phrases": [" "]}), "termination.phrases", "empty"),
    "a YAML bomb": (BOMB, "", "alias"),
    "a deeply nested file": ("[" * 20_000, "", "not readable"),
    "a file too large": ("x" * 3_000_000, "", "3,000,000 characters"),
    "half a character": (first_agent(prompt="\ud83d"), "", "invalid characters"),
    "a binary file": ("\x00\x01\x02PK\x03\x04", "", "not readable"),
    "a number without end": ("name: 1" + ":1" * 20_000, "", "thousands of digits"),
    "parameters without end": (
        first_agent(parameters=json.loads('{"a":' * 150 + "1" + "}" * 150)),
        "agents.1.parameters",
        "50 deep",
    ),
    "a parameter that is no number": (
        "name: T\nagents: [{name: a, parameters: {top_p: .nan}}, {name: b}]",
        "agents.1.parameters.top_p.float",
        "finite number",
    ),
    "a limit without end": (
        "name: T\nagents: [{name: a}, {name: b}]\nlimits: {max_cost_usd: .inf}",
        "limits.max_cost_usd",
        "finite number",
    ),
    "a field written twice": (
        "name: T\nagents: [{name: a}, {name: b}]\nagents: []",
        "",
        "line 3 writes 'agents' a second time",
    ),
    "an empty file": ("", "", "found nothing"),
    "a list at the top": ("- name: Team", "", "found a list"),
    "a text at the top": ("hello", "", "found a str"),
    "broken YAML": ("name: [unclosed", "", "line 1"),
    "a Python object": ("name: !!python/object/apply:os.system ['true']", "", "not readable"),
}


class TestBadTeams:
    @pytest.mark.parametrize("name", BAD)
    def test_a_bad_file_gives_one_clear_error_that_names_the_field(self, name: str):
        text, path, words = BAD[name]
        began = time.monotonic()
        with pytest.raises(SpecError) as caught:
            load_team(text, "The file 'team.yaml'")
        assert path in [place for place, _ in caught.value.problems]
        message = str(caught.value)
        assert message.startswith("The file 'team.yaml' cannot be used. ")
        assert words in message
        assert len(message) < 1_000
        assert "Traceback" not in message
        assert "pydantic" not in message.lower()
        assert time.monotonic() - began < 5

    def test_every_field_to_mend_is_named_at_once(self):
        with pytest.raises(SpecError) as caught:
            load_team(file(name="", connection=3, agents=[{"name": "1"}, AGENTS[1]]))
        assert {path for path, _ in caught.value.problems} == {"name", "connection", "agents.1.name"}

    def test_placeholders_cannot_swell_a_prompt_beyond_what_a_prompt_may_be(self):
        team = load_team(file(agents=[{"name": "Writer", "prompt": "{a}" * 30_000}, AGENTS[1]], variables={"a": "x"}))
        assert team.filled({}).agents[0].prompt == "x" * 30_000
        with pytest.raises(SpecError, match=r"agents\.1\.prompt: .* 3,000,000,000 characters"):
            team.filled({"a": "x" * 100_000})
