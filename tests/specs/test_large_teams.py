"""Teams as large and as odd as text can be: read in a time that grows with their length, or refused in a sentence."""

import json
import string
import time
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import SpecError
from agents.specs import TeamSpec, dump_team, load_team
from agents.specs.gallery import gallery
from agents.specs.team_limits import MAX_CHARS, MAX_ENTRIES
from agents.specs.team_warnings import misplaced_keys, warnings
from tests.support.bad_teams import AGENTS, file, first_agent
from tests.support.fuzz import examples, harmless
from tests.support.waiting import allowed_s

KNOWN = ["calculate", "sql"]


def read(text: str) -> TeamSpec | None:
    """The team and its weak spots, or None when it is refused with an error that can be shown."""
    try:
        team = load_team(text)
    except SpecError as refused:
        said, n_problems = str(refused), len(refused.problems)
        assert (len(said) < 20_000, n_problems <= 51) == (True, True)
        return None
    assert len(warnings(team, KNOWN, KNOWN, "", {})) <= 200
    return team


def many(n: int) -> list[dict[str, Any]]:
    return [{"name": f"agent{number}", "prompt": f"You are {number}.", "description": "x"} for number in range(n)]


TOOLS = [f"tool_{number}" for number in range(100)]
SCHEMA = {"type": "object", "properties": {f"p{n}": {"type": "string", "enum": ["a", "b"]} for n in range(90)}}
LARGE: dict[str, tuple[Callable[[], str], str]] = {
    "as many agents, tools and rules as there may be": (
        lambda: file(
            agents=[{**agent, "tools": [f"{tool}_{agent['name']}" for tool in TOOLS]} for agent in many(50)],
            policies=[{"tool": f"*{n}*a*b", "agent": "agent*", "action": "refuse"} for n in range(200)],
        ),
        "",
    ),
    "long prompts and many phrases": (
        lambda: file(
            agents=[{**agent, "prompt": "abc {x} " * 4_800} for agent in many(50)],
            termination={"phrases": [f"TERMINATE{n}" for n in range(50)]},
        ),
        "",
    ),
    "texts that begin like keys": (lambda: file(agents=[{**one, "prompt": "-sk-" * 20_000} for one in many(20)]), ""),
    "a shape for each agent": (lambda: file(agents=[{**one, "reply_schema": SCHEMA} for one in many(20)]), "shapes"),
    "very many tags": (lambda: file(tags=["x"] * 45_000), "tags: It has 45,000 entries; at most 50 are allowed."),
    "more values than are read": (lambda: file(tags=["x"] * 300_000), "It holds more than 50,000 values."),
    "very many wrong values": (lambda: file(deadlines=[[]] * 40_000), "entries; at most 200 are allowed."),
    "wrong agents that are long": (lambda: file(agents=[{"x" * 30_000: 1}] * 50), "There is no field of this name"),
    "very many members in YAML": (
        lambda: "name: T\nagents:\n" + "".join(f"- name: a{n}\n  prompt: p\n" for n in range(9_000)),
        "agents: It has 9,000 entries; at most 50 are allowed.",
    ),
    "one name without end": (lambda: first_agent(name="a" * 1_900_000), "agents.1.name: It has 1,900,000 characters"),
    "one text without end": (lambda: "name: " + "x " * 900_000, "name: It has"),
    "a number without end": (lambda: "name: 1" + ":59" * 600_000, "name: It has"),
    "open brackets": (lambda: "[" * 1_900_000, "nest more than 200 deep"),
    "open lines": (lambda: "- " * 900_000, "nest more than 200 deep"),
    "aliases of aliases": (lambda: "a: &a [x]\n" + "b: [*a, *a]\n" * 100_000, "uses an alias"),
    "shapes that are long together": (
        lambda: file(agents=[{**one, "reply_schema": SCHEMA} for one in many(50)]), "at most 100,000 are allowed"
    ),
    "merged fields": (lambda: "name: T\n" + "<<: {a: 1}\n" * 9_000, "a second time"),
    "blanks": (lambda: " " * 1_900_000, "found nothing"),
    "comments": (lambda: "# x\n" * 450_000, "found nothing"),
}  # fmt: skip


class TestLargeTeams:
    @pytest.mark.parametrize("name", LARGE)
    def test_are_read_or_refused_within_two_seconds(self, name: str):
        make, said = LARGE[name]
        text = make()
        began = time.process_time()
        if said in ("", "shapes"):
            team = load_team(text)
            assert warnings(team, KNOWN, KNOWN, "", {})
            assert misplaced_keys(team) == []
        else:
            with pytest.raises(SpecError) as caught:
                load_team(text)
            assert said in str(caught.value)
            assert len(str(caught.value)) < 20_000
        assert time.process_time() - began < allowed_s(2)

    @pytest.mark.parametrize("path", [*MAX_ENTRIES, *MAX_CHARS])
    def test_each_limit_names_its_field_and_says_how_much_is_allowed(self, path: str):
        most = MAX_ENTRIES.get(path) or MAX_CHARS[path]
        over: Any = [f"n{n}" for n in range(most + 1)] if path in MAX_ENTRIES else "x" * (most + 1)
        if path in ("variables", "selection.transitions", "agents.*.parameters", "agents.*.reply_schema"):
            over = dict.fromkeys(over, "x")
        value: Any = json.loads(file(selection={"transitions": {}}))
        _put(value, path.split("."), over)
        with pytest.raises(SpecError, match=f"at most {most:,} are allowed") as caught:
            load_team(json.dumps(value))
        place = caught.value.problems[0][0]
        assert [
            one for one, other in zip(place.split("."), path.split("."), strict=True) if other not in ("*", one)
        ] == []

    def test_the_ready_teams_are_far_within_them(self):
        for team in gallery():
            assert load_team(dump_team(team.spec, "json")) == team.spec


def _put(value: Any, parts: list[str], over: Any) -> None:
    first, *rest = parts
    if first == "*" and isinstance(value, list):
        first = 0  # type: ignore[assignment]
        value += [{} if rest else over] if not value else []
    elif first == "*":
        first = "x"
    if not rest:
        value[first] = over
        return
    if isinstance(value, dict):
        value.setdefault(first, [] if rest[0] == "*" and first not in ("transitions", "variables") else {})
    _put(value[first], rest, over)


WORDS = st.text(st.characters(codec="utf-8"), max_size=30)
NAMES = st.sampled_from(
    [*TeamSpec.model_fields, "name", "prompt", "tools", "max_rounds", "where", "x", "<<", "*", "&a"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(string.printable, max_size=60),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES | WORDS, inner, max_size=5),
    max_leaves=20,
)
TEAMS = st.builds(
    lambda fields, agents: {"name": "Team", "agents": [*AGENTS, *agents], **fields},
    st.dictionaries(st.sampled_from([*TeamSpec.model_fields]), VALUES, max_size=4),
    st.lists(
        st.dictionaries(st.sampled_from(["name", "prompt", "tools", "parameters", "reply_schema"]), VALUES), max_size=2
    ),
)


class TestAnyText:
    @pytest.mark.long
    @examples(1_000)
    @given(TEAMS, st.booleans())
    def test_a_team_with_odd_fields_is_read_or_refused(self, caplog, team: dict[str, Any], is_json: bool):
        with harmless(caplog):
            text = json.dumps(team) if is_json else yaml.safe_dump(team, allow_unicode=True)
            if (found := read(text)) is not None:
                assert load_team(dump_team(found)) == found

    @examples(600)
    @given(st.text(st.sampled_from("{}[]:,-?&*!|>'\"%@`# \n\t~=<abc019.\x00\x85\ud800é"), max_size=200))
    def test_signs_in_any_order_are_read_or_refused(self, caplog, text: str):
        with harmless(caplog):
            read(text)

    @examples(400)
    @given(st.data())
    def test_a_ready_team_with_damage_is_read_or_refused(self, caplog, data: st.DataObject):
        text = dump_team(data.draw(st.sampled_from(gallery())).spec, data.draw(st.sampled_from(["yaml", "json"])))
        place = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 40))
        with harmless(caplog):
            read(text[:place] + data.draw(st.text(max_size=20)) + text[place + length :])
