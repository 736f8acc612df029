"""People who are away are told of what needs them, once, and of nothing else; a service that fails stops nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import JsonValue

from agents.chats import ChatEnded, DecisionMade, DecisionRequested, Event, Person, request_digest
from agents.errors import StudioError, UsageError
from agents.notifications import MAX_TRIES, Sender, _without_secrets
from agents.settings import Settings
from agents.store import Store, open_store
from agents.store.notifications import NOTICE_KINDS
from agents.store.schema import notices
from agents.studio import Studio
from tests.support.chat_log import waiting
from tests.support.stored_chats import StoredChats
from tests.support.waiting import WITHIN_S, wait_until
from tests.support.webhook import SECRETS

URL = "https://studio.example.com"
ANN = Person(name="Ann")


def asking(request: str = "r9", question: str = "May pay be called?", **more) -> DecisionRequested:
    payload: dict[str, JsonValue] = {"call": "0.0", "tool": "pay", "arguments": {"to": "a secret friend"}}
    return DecisionRequested(
        request=request, turn=1, of="tool_call", agent="Clerk", question=question, payload=payload,
        options=["approve", "reject", "end"], digest=request_digest("tool_call", "Clerk", 1, payload), **more,
    )  # fmt: skip


def decided(request: DecisionRequested, **who) -> DecisionMade:
    return DecisionMade(request=request.request, digest=request.digest, verdict="approve", **(who or {"by": ANN}))


class Leg:
    """What appends to a chat as its leg does."""

    def __init__(self, store: Store, chat: str):
        self.chat, self._store = chat, store
        self._fence = store.chats.begin_leg(chat, "w")

    def __call__(self, *events: Event) -> None:
        self._store.chats.append(self.chat, *events, fence=self._fence)


@pytest.fixture
def people(store: Store, tmp_path: Path) -> Iterator[Studio]:
    """The studio's verbs over that store."""
    studio = Studio(store, Settings(home=tmp_path, db_url=str(store.db.url)))
    yield studio
    studio.close()


@pytest.fixture
def sender(store: Store) -> Sender:
    return Sender(store, URL)


@pytest.fixture
def start(store: Store) -> StoredChats:
    return StoredChats(store)


@pytest.fixture
def leg(store: Store, start):
    """A chat that runs, and what appends to it as its leg does."""
    return Leg(store, start())


def hasten(store: Store) -> None:
    """Everything that waits for its time is due now."""
    with store.db.begin() as connection:
        connection.execute(sa.text("UPDATE notices SET next_at = :at"), {"at": "2020-01-01T00:00:00.000000+00:00"})


def next_ats(store: Store) -> list[datetime]:
    with store.db.connect() as connection:
        return list(connection.scalars(sa.select(notices.c.next_at)))


def n_waiting(store: Store) -> int:
    with store.db.connect() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM notices")).scalar_one())


class TestWhatIsTold:
    def test_a_request_is_told_once_with_a_link_and_without_its_arguments(self, people, sender, leg, webhook):
        people.local.notifications.add("Us", webhook.url, NOTICE_KINDS)
        leg(asking())
        assert sender.tell_now() == 1
        assert sender.tell_now() == 0
        (body,) = webhook.bodies
        assert body["title"] == "A title: waits for a decision"
        assert "Clerk: May pay be called?" in body["message"]
        assert f"{URL}/chat?chat={leg.chat}" in body["message"]
        assert "secret friend" not in str(body)

    def test_what_a_rule_decides_at_once_is_told_nobody(self, people, sender, leg, webhook, store):
        people.local.notifications.add("Us", webhook.url, NOTICE_KINDS)
        request = asking()
        leg(request, decided(request, rule="approve all"))
        assert n_waiting(store) == 0
        assert sender.tell_now() == 0

    def test_what_is_decided_before_it_was_told_is_told_nobody(self, people, sender, leg, webhook, store):
        people.local.notifications.add("Us", webhook.url, NOTICE_KINDS)
        request = asking(deadline_s=100, overdue="reject")
        leg(request)
        store.chats.append_from_person(leg.chat, lambda state: [decided(request)], client_id="ann")
        assert n_waiting(store) == 0
        assert sender.tell_now() == 0

    def test_what_is_not_written_is_not_told(self, people, sender, leg, webhook, store):
        people.local.notifications.add("Us", webhook.url, NOTICE_KINDS)

        def fails(*_):
            raise RuntimeError("the queue is gone")

        with pytest.raises(RuntimeError):
            store.chats.append_from_person(
                leg.chat, lambda state: [asking(), decided(asking())], client_id="x", hook=fails
            )
        assert n_waiting(store) == 0

    def test_a_deadline_is_told_when_it_is_near_and_not_before(self, people, sender, leg, webhook, store):
        people.local.notifications.add("Us", webhook.url, ["due"])
        leg(asking(deadline_s=400, overdue="reject"))
        assert sender.tell_now() == 0
        assert next_ats(store) == [store.chats.log(leg.chat)[-1].at + timedelta(seconds=300)]
        hasten(store)
        assert sender.tell_now() == 1
        assert webhook.subjects == ["A title: a deadline is near"]
        assert "After that it is rejected." in webhook.bodies[0]["message"]

    @pytest.mark.parametrize(("reason", "what"), [("phrase", "ended"), ("defect", "failed")])
    def test_an_end_is_told_as_what_it_is_and_nothing_is_asked_any_more(
        self, people, sender, leg, webhook, store, reason, what
    ):
        people.local.notifications.add("Us", webhook.url, NOTICE_KINDS)
        leg(asking())
        leg(ChatEnded(reason=reason, text="QA said TERMINATE."))
        assert sender.tell_now() == 1
        assert webhook.subjects == [f"A title: {what}"]
        assert "QA said TERMINATE." in webhook.bodies[0]["message"]

    def test_each_address_is_told_what_it_wants_and_several_things_in_one_message(
        self, people, sender, start, webhook, store
    ):
        people.local.notifications.add("All", webhook.url, ["request"])
        people.local.notifications.add("Ends", webhook.url, ["ended"])
        for n in range(3):
            chat = start()
            store.chats.append(chat, asking(question=f"Question {n}?"), fence=store.chats.begin_leg(chat, "w"))
        assert sender.tell_now() == 3
        assert webhook.subjects == ["Groupchat Studio: 3 notifications"]
        assert all(f"Question {n}?" in webhook.bodies[0]["message"] for n in range(3))

    def test_a_deleted_chat_and_a_removed_address_are_told_nothing(self, people, sender, leg, webhook, store):
        gone = people.local.notifications.add("Gone", webhook.url, NOTICE_KINDS)
        leg(asking())
        people.local.notifications.remove(gone)
        assert n_waiting(store) == 0
        people.local.notifications.add("Us", webhook.url, NOTICE_KINDS)
        leg(ChatEnded(reason="phrase", text="x"))
        store.chats.delete(leg.chat)
        assert sender.tell_now() == 0
        assert n_waiting(store) == 0

    def test_a_title_cannot_break_the_lines_of_a_mail(self, people, sender, store, webhook):
        people.local.notifications.add("Us", webhook.url, NOTICE_KINDS)
        store.chats.create(
            "c", waiting(), client_id="c", team_id=None, revision=None, title="x\r\nBcc: all@example.com\x1b"
        )
        assert sender.tell_now() == 1
        assert "\n" not in webhook.subjects[0]
        assert "\r" not in webhook.bodies[0]["message"] + webhook.subjects[0]


class TestFailures:
    def test_a_service_that_fails_is_tried_again_later_and_shown(self, people, sender, leg, webhook, store):
        people.local.notifications.add("Us", webhook.url, NOTICE_KINDS)
        webhook.status = 503
        leg(asking())
        assert sender.tell_now() == 0
        (address,) = people.local.notifications.addresses()
        assert "503" in address.error
        assert address.failed_at
        assert address.n_waiting == 1
        webhook.status = 200
        assert sender.tell_now() == 0  # not before its time
        hasten(store)
        assert sender.tell_now() == 1
        (address,) = people.local.notifications.addresses()
        assert (address.error, address.n_waiting) == ("", 0)
        assert address.sent_at

    def test_pauses_double_and_after_the_last_attempt_it_is_given_up_in_words(
        self, people, sender, leg, webhook, store
    ):
        people.local.notifications.add("Us", webhook.url, NOTICE_KINDS)
        webhook.status = 500
        leg(asking())
        pauses = []
        for _ in range(MAX_TRIES):
            hasten(store)
            assert sender.tell_now() == 0
            failed_at = people.local.notifications.addresses()[0].failed_at
            pauses += [round((at - failed_at).total_seconds()) for at in next_ats(store)]
        assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
        assert n_waiting(store) == 0
        assert f"Given up after {MAX_TRIES} attempts" in people.local.notifications.addresses()[0].error

    def test_one_service_that_fails_keeps_no_other_from_being_told(self, people, sender, leg, webhook, store):
        people.local.notifications.add("Broken", "json://127.0.0.1:9/x", NOTICE_KINDS)
        people.local.notifications.add("Us", webhook.url, NOTICE_KINDS)
        leg(asking())
        assert sender.tell_now() == 1
        assert [bool(address.error) for address in people.local.notifications.addresses()] == [True, False]

    def test_two_senders_tell_once(self, people, leg, webhook, store, db_url, home):
        people.local.notifications.add("Us", webhook.url, NOTICE_KINDS)
        leg(asking())
        other = open_store(db_url, home, environ={})
        claimed = [store.notices.claim(for_s=60), other.notices.claim(for_s=60)]
        other.close()
        assert sorted(map(len, claimed)) == [0, 1]

    def test_what_a_sender_claimed_that_died_is_told_by_the_next(self, people, sender, leg, webhook, store):
        people.local.notifications.add("Us", webhook.url, NOTICE_KINDS)
        leg(asking())
        assert len(store.notices.claim(for_s=0)) == 1
        assert sender.tell_now() == 1
        assert len(webhook.bodies) == 1

    def test_a_lost_secret_key_is_said_with_its_cure_and_stops_nothing(self, people, sender, leg, webhook, store, home):
        people.local.notifications.add("Us", webhook.url, NOTICE_KINDS)
        (home / "secret.key").unlink()
        leg(asking())
        assert sender.tell_now() == 0
        assert "secret.key' that unlocks it is missing" in people.local.notifications.addresses()[0].error


class TestSecrets:
    def test_no_address_is_in_clear_in_the_database_or_in_what_is_listed(self, people, webhook, store, home):
        people.local.notifications.add("Us", webhook.url, NOTICE_KINDS)
        assert [(address.name, address.service) for address in people.local.notifications.addresses()] == [
            ("Us", "JSON")
        ]
        assert not [secret for secret in SECRETS if secret in repr(people.local.notifications.addresses())]
        with store.db.connect() as connection:
            stored = connection.execute(sa.text("SELECT * FROM notice_addresses")).one()
        assert not [secret for secret in SECRETS if secret in str(stored)]

    @pytest.mark.parametrize("status", [401, 404, 500])
    def test_no_secret_is_in_what_is_said_of_a_failure_nor_in_a_log(
        self, people, sender, leg, webhook, capfd, caplog, status
    ):
        people.local.notifications.add("Us", webhook.url, NOTICE_KINDS)
        people.local.notifications.add("Closed", webhook.closed_url, NOTICE_KINDS)
        webhook.status = status
        leg(asking())
        sender.tell_now()
        said = " ".join(address.error for address in people.local.notifications.addresses())
        assert str(status) in said
        out, err = capfd.readouterr()
        for secret in SECRETS:
            assert secret not in said + out + err + caplog.text

    @pytest.mark.parametrize("url", ["", "nonsense", "file:///etc/passwd", "exec://rm", "json://", "json://a b/c"])
    def test_what_is_no_address_is_refused_without_repeating_it(self, people, url):
        with pytest.raises(UsageError, match="no address of a service") as error:
            people.local.notifications.add("Us", url, NOTICE_KINDS)
        assert "passwd" not in str(error.value)
        assert people.local.notifications.addresses() == []

    @pytest.mark.parametrize("name", ["", "  ", "x" * 81])
    def test_it_has_a_name(self, people, webhook, name):
        with pytest.raises(UsageError, match="name of 1 to 80"):
            people.local.notifications.add(name, webhook.url, NOTICE_KINDS)


class TestTheWorker:
    def test_of_two_workers_one_tells_and_tells_once(self, sqlite_url, home, webhook):
        store = open_store(sqlite_url, home, environ={})
        store.notices.add("Us", webhook.url, "JSON", NOTICE_KINDS)
        environ = {**os.environ, "STUDIO_HOME": str(home), "STUDIO_DB": sqlite_url, "STUDIO_URL": f"{URL}/"}
        command = [sys.executable, "-m", "agents", "worker"]
        workers = [subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) for _ in "ab"]
        try:
            for worker in workers:
                assert worker.stdout
                assert "is ready" in worker.stdout.readline()
            chat = StoredChats(store)(*waiting())
            webhook.wait_for(1, 30)
            store.chats.append(chat, ChatEnded(reason="phrase", text="Done."), fence=store.chats.begin_leg(chat, "w"))
            webhook.wait_for(2, 30)
            wait_until(lambda: n_waiting(store) == 0)
        finally:
            for worker in workers:
                worker.terminate()
                worker.communicate(timeout=WITHIN_S)
            store.close()
        assert webhook.subjects == ["A title: waits for a decision", "A title: ended"]
        assert f"{URL}/chat?chat={chat}" in webhook.bodies[0]["message"]


class TestTheLink:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [("", "http://127.0.0.1:8501"), ("https://studio.example.com/", URL), (" http://box:9 ", "http://box:9")],
    )
    def test_it_is_where_people_open_the_studio(self, tmp_path, given, kept):
        assert Settings.from_env({"STUDIO_HOME": str(tmp_path), "STUDIO_URL": given}).url == kept

    @pytest.mark.parametrize("given", ["studio.example.com", "javascript://x", "https://", "http://a b"])
    def test_what_is_none_is_refused(self, tmp_path, given):
        with pytest.raises(StudioError, match="STUDIO_URL"):
            Settings.from_env({"STUDIO_HOME": str(tmp_path), "STUDIO_URL": given})


class TestWhatAServiceSays:
    def test_pieces_of_the_address_are_hidden_however_they_are_written(self):
        url = "slack://T0KEN%2DAaaa/Bbbbbbbb/c?key=K3Y-0815"
        said = "Failed to send to T0KEN-Aaaa/bbbbbbbb (k3y-0815): error=404."
        assert _without_secrets(said, url) == "Failed to send to ***/*** (***): error=404."
