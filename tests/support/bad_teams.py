"""Team files that cannot be used, with the field that is wrong and a part of what is said."""

import json
from typing import Any

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
    "a deeply nested file": ("[" * 20_000, "", "nest more than 200 deep"),
    "a file too large": ("x" * 3_000_000, "", "3,000,000 characters"),
    "half a character": (first_agent(prompt="\ud83d"), "", "invalid characters"),
    "a binary file": ("\x00\x01\x02PK\x03\x04", "", "not readable"),
    "a number without end": ("name: 1" + ":1" * 20_000, "name", "40,001 characters"),
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
