"""Who may look is checked in every verb that reads, at each read, for whom the studio is seen by."""

import ast
import inspect
import textwrap
from functools import cached_property
from pathlib import Path

import pytest

from agents.chats import Person
from agents.errors import StudioError
from agents.permissions import RefusedError
from agents.studio import Studio

RULES = 'view = ["vera@example.com"]\nrun = ["rita@example.com"]\ndecide = ["dora@example.com"]\n'
VERA, RITA, DORA, EVE = (
    Person(name=f"{name}@example.com", is_verified=True) for name in ("vera", "rita", "dora", "eve")
)
FAKE = Person(name="vera@example.com")

READS = {
    "chat": ["c"], "state": ["c"], "log": ["c"], "chats": [], "counts": [], "calls": ["c"], "totals_by": ["model"],
    "gallery": [], "gallery_team": ["product-team"], "teams": [], "team": ["t"], "team_named": ["t"],
    "revisions": ["t"], "connections": [], "connection_names": [], "default_connection": [],
    "missing_for_embedded": [], "notice_addresses": [], "open_requests": [], "n_open_requests": [],
    "open_requests_mark": [], "open_request_values": [], "past_requests": [], "audit": [], "request": ["c", "r1"],
    "request_row": ["c", "r1"],
}  # fmt: skip
"""Reads that whoever may look may do, with arguments that fit."""
OPENING = {"open", "close", "prepare", "seen_by", "look", "check", "keep_refusal"}
"""What is no verb of a person."""


@pytest.fixture
def studio(studio: Studio) -> Studio:
    (studio.settings.home / "access.toml").write_text(RULES)
    return studio


def is_refused(studio: Studio, verb: str, *given: object) -> bool:
    try:
        getattr(studio, verb)(*given)
    except RefusedError:
        return True
    except StudioError:  # it may, and there is nothing of that name
        return False
    return False


class TestEveryRead:
    @pytest.mark.parametrize("verb", READS)
    def test_is_for_those_who_may_look_and_nobody_else(self, studio: Studio, verb: str):
        refused = [
            who
            for who in (VERA, RITA, DORA, EVE, FAKE, Person())
            if is_refused(studio.seen_by(who), verb, *READS[verb])
        ]
        assert refused == [EVE, FAKE, Person()]
        assert not is_refused(studio, verb, *READS[verb])

    def test_what_was_refused_is_for_those_who_decide_and_trying_a_model_for_those_who_run(self, studio: Studio):
        everybody = (VERA, RITA, DORA, EVE)
        assert [who for who in everybody if not is_refused(studio.seen_by(who), "refusals")] == [DORA]
        assert [who for who in everybody if not is_refused(studio.seen_by(who), "check_connection", "x")] == [RITA]

    def test_asks_the_rules_as_they_are_then(self, studio: Studio, home: Path):
        seen = studio.seen_by(VERA)
        assert seen.chats() == []
        (home / "access.toml").write_text('view = ["somebody@example.com"]\n')
        with pytest.raises(RefusedError, match="may not look at chats here"):
            seen.chats()
        assert studio.store.refusals.rows() == []

    @pytest.mark.parametrize(
        "verb", [name for name, _ in inspect.getmembers(Studio) if not name.startswith("_") and name not in OPENING]
    )
    def test_and_every_act_asks_first(self, verb: str):
        member = inspect.getattr_static(Studio, verb)
        if not inspect.isfunction(member):
            assert not isinstance(member, property | cached_property), f"{verb}: a read that cannot ask who reads"
            return
        calls = [
            node.func.attr
            for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(member))))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_self(node.func.value)
        ]
        asks = {"look", "check", "_check_start", *READS, *ACTS}
        assert asks & set(calls), f"{verb} asks nobody: begin it with self.look() or self.check(by, role, act=...)"


ACTS = {"save_team"}
"""Acts that others are made of."""


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"
