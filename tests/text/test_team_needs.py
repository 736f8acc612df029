"""What a team needs is said in plain words, from its spec alone."""

import pytest

from agents.specs import load_team
from agents.specs.gallery import gallery
from agents.text.team_needs import needs

READY = {
    "product-team": ["You take part", "Code runs in the sandbox once you approve it"],
    "coder-and-executor": ["Works without you", "Code runs in the sandbox"],
    "data-analysts": ["You take part", "Code runs in the sandbox", "Attach your files"],
    "support-desk": ["You take part"],
    "writer-and-critic": ["Works without you"],
    "research": ["Works without you", "Attach your files"],
    "translation": ["Works without you", "Reads files that you attach"],
}
TWO = "name: Two\nagents:\n  - {name: Ada, prompt: Talk., %s}\n  - {name: Bob, prompt: Talk.}\n"


@pytest.mark.parametrize("name", READY)
def test_a_ready_team_says_what_it_needs(name: str):
    (team,) = (ready.spec for ready in gallery() if ready.name == name)
    assert [need.text for need in needs(team)] == READY[name]


@pytest.mark.parametrize(
    ("fields", "texts"),
    [
        ("human_input_mode: TERMINATE", ["You are asked at the end"]),
        ("step_mode: true", ["You see each message first"]),
        ("tools: [ask_person]", ["You are asked questions"]),
        ("tools: [http_get]", ["Works without you", "Reads web pages"]),
        ("tools: [in_stock]", ["Works without you", "Tools: in_stock"]),
        ("tools: [a, b, c, now]", ["Works without you", "Tools: a, b and 1 more"]),
    ],
)
def test_any_team_does(fields: str, texts: list[str]):
    assert [need.text for need in needs(load_team(TWO % fields))] == texts


def test_the_only_host_is_named():
    team = load_team(TWO % "tools: [http_get]" + "sandbox: {allowed_hosts: [docs.python.org]}\n")
    assert needs(team)[-1].text == "Reads web pages of docs.python.org"


INNER = """
name: Outer
agents:
  - {name: Boss, prompt: Lead.}
  - name: Desk
    role: team
    %s
    team:
      name: Inner
      agents:
        - {name: Clerk, role: human}
        - {name: Runner, role: executor}
        - {name: Reader, prompt: Read., tools: [sql, http_get], is_off: %s}
      sandbox: {allowed_hosts: [docs.python.org]}
"""


@pytest.mark.parametrize(
    ("field", "is_off", "texts"),
    [
        (
            "",
            "false",
            [
                "You take part",
                "Code runs in the sandbox once you approve it",
                "Reads files that you attach",
                "Reads web pages of docs.python.org",
            ],
        ),
        ("", "true", ["You take part", "Code runs in the sandbox once you approve it"]),
        ("is_off: true", "false", ["Works without you"]),
    ],
)
def test_what_a_team_in_it_needs_is_needed(field: str, is_off: str, texts: list[str]):
    text = INNER % (field, is_off)
    if field:
        text += "  - {name: Other, prompt: Talk.}\n"
    assert [need.text for need in needs(load_team(text))] == texts
