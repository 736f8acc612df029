"""Every service asks who calls it, at each call, before it does anything."""

import contextlib
import inspect
from dataclasses import replace
from pathlib import Path

import pytest

from agents.chats import Person
from agents.chats.requests import Answer
from agents.errors import StudioError
from agents.permissions import RefusedError
from agents.studio import Session, Studio
from agents.studio.administration import Connections, McpServers, Notifications, Sandbox
from agents.studio.chats import Chats
from agents.studio.files import Files
from agents.studio.library import Library
from agents.studio.local_models import LocalModels
from agents.studio.requests import Requests
from agents.studio.service import Service
from agents.studio.teams import Teams
from agents.studio.unsaved_texts import UnsavedTexts

RULES = 'view = ["vera@example.com"]\nrun = ["rita@example.com"]\ndecide = ["dora@example.com"]\n'
VERA, RITA, DORA, EVE = (
    Person(name=f"{name}@example.com", is_verified=True) for name in ("vera", "rita", "dora", "eve")
)
FAKE = Person(name="vera@example.com")

READS: dict[str, dict[str, list[str]]] = {
    "chats": {"get": ["c"], "state": ["c"], "log": ["c"], "rows": [], "last_runs": ["c"], "counts": [], "mark": [],
              "calls": ["c"], "totals_by": ["model"], "follow": ["c"]},
    "requests": {"open": [], "n_open": [], "open_mark": [], "open_values": [], "recent": [], "audit": [],
                 "get": ["c", "r1"], "row": ["c", "r1"]},
    "teams": {"gallery": [], "from_gallery": ["product-team"], "rows": [], "get": ["t"], "named": ["t"],
              "revisions": ["t"], "mark": [], "tools": [], "broken_plugins": []},
    "connections": {"rows": [], "names": [], "default": [], "missing_for_embedded": []},
    "local_models": {"rows": [], "used": [], "is_off": [], "is_awaited": []},
    "files": {"rows": ["c"], "get": ["c", "a.txt"], "version": ["c", "0"]},
    "library": {"ready": [], "rows": [], "named": ["a"]},
    "mcp_servers": {"rows": []},
    "notifications": {"addresses": []},
    "sandbox": {"report": []},
    "unsaved": {"newest": ["p"], "rows": [""], "drop": ["p"]},
}  # fmt: skip
"""Reads that whoever may look may do, with arguments that fit."""
SERVICES = (
    Chats, Connections, Files, Library, LocalModels, McpServers, Notifications, Requests, Sandbox, Teams, UnsavedTexts
)  # fmt: skip
VERBS = [(service, name) for service in SERVICES for name in vars(service) if not name.startswith("_")]


@pytest.fixture
def studio(studio: Studio) -> Studio:
    (studio.settings.home / "access.toml").write_text(RULES)
    return studio


def is_refused(session: Session, service: str, verb: str, *given: object) -> bool:
    try:
        getattr(getattr(session, service), verb)(*given)
    except RefusedError:
        return True
    except StudioError:  # it may, and there is nothing of that name
        return False
    return False


class TestEveryRead:
    @pytest.mark.parametrize(("service", "verb"), [(service, verb) for service in READS for verb in READS[service]])
    def test_is_for_those_who_may_look_and_nobody_else(self, studio: Studio, service: str, verb: str):
        given = READS[service][verb]
        people = (VERA, RITA, DORA, EVE, FAKE, Person(), None)
        refused = [who for who in people if is_refused(studio.as_(who), service, verb, *given)]
        assert refused == [EVE, FAKE, Person(), None]
        assert not is_refused(studio.local, service, verb, *given)

    def test_what_was_refused_is_for_those_who_decide_and_trying_a_model_for_those_who_run(self, studio: Studio):
        everybody = (VERA, RITA, DORA, EVE)
        assert [who for who in everybody if not is_refused(studio.as_(who), "requests", "refusals")] == [DORA]
        assert [who for who in everybody if not is_refused(studio.as_(who), "connections", "check", "x")] == [RITA]

    def test_asks_the_rules_as_they_are_then(self, studio: Studio, home: Path):
        session = studio.as_(VERA)
        assert session.chats.rows() == []
        (home / "access.toml").write_text('view = ["somebody@example.com"]\n')
        with pytest.raises(RefusedError, match="may not look at chats here"):
            session.chats.rows()
        assert studio.store.refusals.rows() == []


class TestEveryVerb:
    def test_asks_before_it_does_anything(self, studio: Studio):
        unasked = []
        for service, verb in VERBS:
            method = getattr(service(studio.as_(EVE)), verb)
            names = [each.name for each in inspect.signature(method).parameters.values() if each.default is each.empty]
            given = [Answer("r1", "", "end") if name == "answer" else name for name in names]
            with contextlib.suppress(RefusedError):
                method(*given)
                unasked.append(f"{service.__name__}.{verb}")
        assert unasked == []

    def test_one_that_does_not_say_who_may_call_it_cannot_be_written(self):
        with pytest.raises(TypeError, match=r"Doors\.open does not say who may call it"):

            class Doors(Service):
                def open(self) -> None:
                    raise AssertionError

    @pytest.mark.parametrize(
        "member", [property(lambda self: 1), 1, staticmethod(lambda: 1)], ids=["property", "value", "static"]
    )
    def test_nor_anything_else_that_is_read_unasked(self, member: object):
        with pytest.raises(TypeError, match="Doors"):
            type("Doors", (Service,), {"n_open": member})

    def test_a_refused_act_is_kept_with_its_name_and_chat_and_a_refused_read_is_not(self, studio: Studio):
        with pytest.raises(RefusedError):
            studio.as_(EVE).chats.rename("c", "x")
        with pytest.raises(RefusedError):
            studio.as_(EVE).chats.get("c")
        assert [(kept.who, kept.act, kept.chat) for kept in studio.store.refusals.rows()] == [(EVE.name, "rename", "c")]

    def test_where_nobody_is_signed_in_any_more_nothing_can_be_done_even_without_rules(
        self, studio: Studio, tmp_path: Path
    ):
        (tmp_path / "other").mkdir()
        open_to_all = Studio(studio.store, replace(studio.settings, home=tmp_path / "other"))
        assert open_to_all.as_(Person()).chats.rows() == []
        with pytest.raises(RefusedError, match="Nobody is signed in any more"):
            open_to_all.as_(None).chats.rows()
        with pytest.raises(RefusedError, match="Nobody is signed in any more"):
            open_to_all.as_(None).chats.stop("c")
        assert not open_to_all.as_(None).may("view")
