"""The picture of a conversation: every member and arrow is in it, as a drawing and as words; no name is markup."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from agents.insight.conversation_picture import Face, counted, picture, sentences
from agents.specs import TeamSpec, team_from_dict
from agents.specs.gallery import gallery

GRAPH = {"You": ["Ada"], "Ada": ["Bob", "Ada"], "Bob": ["You"]}


def team(**changes: Any) -> TeamSpec:
    agents = [{"name": "You", "role": "human"}, {"name": "Ada"}, {"name": "Bob"}]
    return team_from_dict({"name": "Team", "agents": agents, **changes})


def faces(spec: TeamSpec) -> dict[str, Face]:
    return {agent.name: Face(agent.label[:2], "#4552c4") for agent in spec.agents}


def drawn(spec: TeamSpec, counts: dict[tuple[str, str], int] | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(picture(spec, faces(spec), counts))


def n_arrows(root: ElementTree.Element) -> int:
    return sum(group.get("class") == "arrow" for group in root.iter("g"))


class TestPicture:
    @pytest.mark.parametrize("ready", gallery(), ids=lambda ready: ready.name)
    def test_everybody_is_in_it(self, ready):
        root = drawn(ready.spec)
        assert {title.text for title in root.iter("title")} >= {agent.label for agent in ready.spec.agents}

    def test_each_arrow_is_drawn_and_listed(self):
        spec = team(selection={"transitions": GRAPH})
        root = drawn(spec)
        assert n_arrows(root) == 4
        assert sentences(spec) == [
            "Ada may speak after You",
            "Bob may speak after Ada",
            "Ada may go on speaking",
            "You may speak after Bob",
        ]

    def test_who_gives_the_task_and_after_whom_it_ends_are_said(self):
        spec = team(selection={"transitions": {"You": ["Ada"], "Ada": ["Bob"]}})
        root = drawn(spec)
        notes = [text.text for text in root.iter("text") if text.get("class") == "note"]
        assert notes == ["gives the task", "ends the chat"]
        assert "The chat ends after Bob." in sentences(spec)

    def test_where_all_may_follow_all_it_stays_calm(self):
        spec = team()
        root = drawn(spec)
        assert n_arrows(root) == 0
        assert len(re.findall("M", next(root.iter("path")).attrib["d"])) == 3
        assert sentences(spec) == ["Anybody may speak after anybody else; a model chooses."]

    def test_in_turn_it_is_a_ring(self):
        assert n_arrows(drawn(team(selection={"method": "round_robin"}))) == 3

    def test_what_was_said_more_often_is_wider(self):
        counts = counted([["You", "Ada", "Bob", "You", "Ada"], ["You", "Ada"]])
        spec = team(selection={"transitions": GRAPH})
        root = drawn(spec, counts)
        width = {
            group.findtext("title"): float(path.attrib["stroke-width"])
            for group in root.iter("g")
            for path in group.findall("path")[:1]
        }
        assert width["Ada may speak after You: 3 times"] > width["Bob may speak after Ada: 1 time"]
        assert width["Bob may speak after Ada: 1 time"] > width["Ada may go on speaking: never"]
        assert "You may speak after Bob: 1 time" in sentences(spec, counts)

    def test_only_what_happened_has_an_arrow_where_all_may_follow_all(self):
        assert n_arrows(drawn(team(), counted([["You", "Ada", "Bob"]]))) == 2

    def test_names_are_text_and_never_markup(self):
        hostile = '</svg><script>alert(1)</script>" onload="x\u202e'
        agents = [{"name": name, "display_name": hostile[:80]} for name in ("A", "B", "C")]
        text = picture(team(agents=agents), {name: Face("<b>", '"><script>') for name in ("A", "B", "C")})
        assert "<script" not in text
        assert "\u202e" not in text
        assert not re.search(r"\sonload=", re.sub(r">[^<]*<", "><", text))
        ElementTree.fromstring(text)

    def test_a_tangle_of_arrows_is_drawn_as_plain_lines(self):
        names = [f"A{n}" for n in range(50)]
        graph = {name: [other for other in names if other != "A7"] for name in names}
        spec = team(agents=[{"name": name} for name in names], selection={"transitions": graph})
        text = picture(spec, faces(spec))
        root = ElementTree.fromstring(text)
        assert n_arrows(root) == 0
        assert sentences(spec)[-1] == "And 2,300 others."
        assert len(text) < 100_000

    def test_fifty_members_fit(self):
        spec = team(agents=[{"name": f"A{n}"} for n in range(50)])
        root = drawn(spec)
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        spots = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in root.iter("circle")]
        assert all(20 < x < width - 20 and 20 < y < height - 20 for x, y in spots)
