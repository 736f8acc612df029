"""Settings, as AppTest sees it: an address is added, tested, changed and removed, and its secret is never on screen."""

import pytest

from tests.support.app_pages import field, open_screen, words
from tests.support.webhook import SECRETS


@pytest.fixture
def saved(studio, webhook) -> str:
    """An address that is told of decisions."""
    return str(studio.local.notifications.add("Reviewers", webhook.url, ["request"]))


def on_screen(page) -> str:
    """The whole page as the browser gets it."""
    return words(page) + repr(page.main)


class TestAdding:
    def test_an_address_is_kept_and_its_field_is_empty_again(self, studio, webhook):
        page = open_screen("settings")
        field(page, ":add", "button").click().run()
        assert "Write a name and an address" in words(page)
        field(page, ":name").set_value("Reviewers").run()
        field(page, ":url").set_value(webhook.url).run()
        field(page, ":add", "button").click().run()
        assert not page.exception
        (address,) = studio.local.notifications.addresses()
        assert (address.name, address.service, address.wants) == ("Reviewers", "JSON", {"request", "due", "failed"})
        assert "“Reviewers” is added" in words(page)
        assert field(page, ":url").value == ""
        assert not [secret for secret in SECRETS if secret in on_screen(page)]

    def test_what_is_no_address_is_told_and_nothing_is_kept(self, studio):
        page = open_screen("settings")
        field(page, ":name").set_value("Reviewers").run()
        field(page, ":url").set_value("nonsense-4711").run()
        field(page, ":add", "button").click().run()
        assert "no address of a service" in words(page)
        assert "4711" not in words(page)
        assert studio.local.notifications.addresses() == []
        assert not page.exception


class TestAnAddress:
    def test_a_test_arrives(self, studio, webhook, saved):
        page = open_screen("settings")
        field(page, f"{saved}:test", "button").click().run()
        assert not page.exception
        assert webhook.subjects == ["Groupchat Studio: a test"]
        assert "A test was sent to “Reviewers”" in words(page)
        assert "last sent" in words(page)

    def test_a_test_that_fails_says_why_and_goes_on_saying_it(self, studio, webhook, saved):
        webhook.status = 403
        page = open_screen("settings")
        field(page, f"{saved}:test", "button").click().run()
        assert "The test did not arrive" in words(page)
        again = open_screen("settings")
        assert "The last notification did not arrive" in words(again)
        assert "403" in words(again)
        assert not [secret for secret in SECRETS if secret in on_screen(page) + on_screen(again)]
        assert not again.exception

    def test_what_it_is_told_of_is_changed_at_once(self, studio, saved):
        page = open_screen("settings")
        field(page, f"{saved}:wants", "pills").set_value(["ended", "failed"]).run()
        assert not page.exception
        assert studio.local.notifications.addresses()[0].wants == {"ended", "failed"}

    def test_it_is_removed_after_a_question(self, studio, saved):
        page = open_screen("settings")
        field(page, f"{saved}:remove", "button").click().run()
        assert "gets no more notifications" in words(page)
        assert len(studio.local.notifications.addresses()) == 1
