"""Whoever may not look at the studio learns nothing from its frame; a session that is over decides nothing."""

import ast
import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages import MAIN
from tests.support.app_pages import field, open_screen, words
from tests.support.request_pages import tool_call, waiting
from tests.support.waiting import WITHIN_S

STRANGERS = [{}, {"is_logged_in": False}, {"is_logged_in": True, "email": "eve@evil.com"}, {"is_logged_in": True},
             {"is_logged_in": True, "email": "dora@example.com", "email_verified": False}]  # fmt: skip
DORA = {"is_logged_in": True, "email": "dora@example.com"}


@pytest.fixture
def limited(studio, home):
    """The studio, with rules of who may do what, and a chat that waits."""
    (home / "access.toml").write_text('decide = ["dora@example.com"]\n')
    waiting(studio, "Sums", tool_call())
    return studio


def menu() -> None:
    """The count alone, as the frame draws it."""
    import streamlit as st

    from pages.components.live import label, n_waiting, tab

    st.write(label(n_waiting()))
    tab(n_waiting())


def counted(user: dict) -> tuple[str, dict]:
    """The label, and what the browser is told: the number for its title, and the token for more."""
    page = AppTest.from_function(menu)
    page.user = user
    page.run()
    assert not page.exception
    return page.markdown[0].value, json.loads(page.get("bidi_component")[0].proto.json)


class TestTheCount:
    @pytest.mark.parametrize("user", STRANGERS, ids=str)
    def test_is_not_for_strangers(self, limited, user):
        assert counted(user) == ("Inbox", {"n": 0, "token": "", "who": ""})

    def test_is_for_those_who_may_look(self, limited):
        assert counted(DORA) == (
            "Inbox (1)",
            {"n": 1, "token": "token of dora@example.com for ", "who": "dora@example.com"},
        )

    def test_is_for_everybody_where_nobody_signs_in_and_nothing_is_limited(self, studio):
        waiting(studio, "Sums", tool_call())
        assert counted({}) == ("Inbox (1)", {"n": 1, "token": "token of You for ", "who": "You"})

    def test_is_nobodys_once_the_rules_cannot_be_read(self, limited, home):
        (home / "access.toml").write_text("nonsense")
        assert counted(DORA) == ("Inbox", {"n": 0, "token": "", "who": ""})

    @pytest.mark.parametrize("user", STRANGERS, ids=str)
    def test_is_on_no_page_of_a_stranger(self, limited, user):
        page = AppTest.from_file(str(MAIN), default_timeout=2 * WITHIN_S)
        page.user = user
        page.run()
        assert "Sums" not in words(page)
        assert {part.key for part in page.sidebar.get("bidi_component")} <= {"studio_frame"}  # how all pages look


class TestASessionThatIsOver:
    @pytest.mark.parametrize("name", ["chat", "inbox"])
    def test_decides_nothing_and_it_is_kept(self, limited, name):
        (row,) = limited.local.requests.open()
        page = AppTest.from_file(str(MAIN), default_timeout=2 * WITHIN_S)
        page.user = DORA
        page = open_screen(name, page.run(), chat=row.chat, request=row.request)
        page.user = {"is_logged_in": False}
        next(button for button in page.button if button.label == "Approve").click().run()
        assert [button.label for button in page.button] == ["Sign in"]
        assert limited.local.requests.open() == [row]
        (refusal,) = limited.local.requests.refusals(row.chat)
        assert (refusal.who, refusal.is_verified, refusal.act) == ("Somebody", False, "decide: approve")
        assert "Nobody is signed in any more" in refusal.why

    def test_changes_nothing_by_a_field_that_saves_at_once(self, studio, home, webhook):
        address = studio.local.notifications.add("Reviewers", webhook.url, ["request"])
        (home / "access.toml").write_text('administer = ["dora@example.com"]\n')
        page = AppTest.from_file(str(MAIN), default_timeout=2 * WITHIN_S)
        page.user = DORA
        page = open_screen("settings", page.run())
        page.user = {"is_logged_in": False}
        field(page, f"{address}:wants", "pills").set_value(["ended"]).run()
        assert [button.label for button in page.button] == ["Sign in"]
        assert studio.local.notifications.addresses()[0].wants == {"request"}
        (refusal,) = studio.local.requests.refusals()
        assert (refusal.who, refusal.act) == ("Somebody", "change a notice address")

    def test_is_kept_by_nothing_that_is_drawn_or_called_again_by_itself(self):
        """Dialogs and callbacks outlive the drawing of the page that made them: they ask anew who sits there."""
        kept = [
            f"{file.name}:{function.lineno} {function.name}"
            for file in (Path(MAIN).parent / "components").rglob("*.py")
            for function in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(function, ast.FunctionDef) and _keeps_a_session(function)
        ]
        assert not kept


def _keeps_a_session(function: ast.FunctionDef) -> bool:
    """Whether it is given a session and is a dialog or a fragment, or one is in it or it defines a callback, which uses
    that session."""
    given = {arg.arg for arg in function.args.args if arg.annotation and ast.unparse(arg.annotation) == "Session"}
    later = [node for node in ast.walk(function) if isinstance(node, ast.FunctionDef) and node is not function]
    if any(
        ast.unparse(decorator).startswith(("st.dialog", "st.fragment", "dialog"))
        for decorator in function.decorator_list
    ):
        later.append(function)
    return any(
        isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in given
        for each in later
        for node in ast.walk(each)
    )
