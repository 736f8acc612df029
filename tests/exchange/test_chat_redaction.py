"""What is left out is in no export, byte by byte."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agents.chats import MessagePosted, Person
from agents.cli.arguments import EXPORTS
from agents.exchange.chat_zip import LEFT_OUT
from agents.specs import ConnectionSpec
from agents.specs.mcp_server import McpSecrets, McpServerSpec
from agents.studio import Studio
from tests.exchange.conftest import Export, unpacked
from tests.support.exported_chats import ADA, BOB, MAIL, everything, put, with_files

TYPED, SAVED, SET, TOLD = 'typed/pa"ss\\word-77', "sk-saved0123456789abcdefgh", "set-in-env-8888", "mcp-token-4711-öé"
SECRETS = {"typed": TYPED, "saved": SAVED, "set": SET, "told": TOLD}


@pytest.fixture
def keyed(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """The studio with keys of every kind."""
    address = {"kind": "openai", "base_url": "http://127.0.0.1:1/v1", "model": "m"}
    studio.store.connections.save(ConnectionSpec(name="typed", **address), key=TYPED)
    studio.store.connections.save(ConnectionSpec(name="saved", **address), key=SAVED)
    studio.store.connections.save(ConnectionSpec(name="set", api_key_env="LAB_ACCESS", **address))
    monkeypatch.setenv("LAB_ACCESS", SET)
    server = McpServerSpec(name="files", kind="http", url="http://127.0.0.1:1/mcp", headers=["Authorization"])
    studio.store.mcp_servers.save(server, McpSecrets(headers={"Authorization": TOLD}))
    return studio


def everywhere(export: Export, **options: bool) -> dict[str, bytes]:
    """Format, or name in the zip -> what is in it."""
    found = {form: export(form, **options) for form in EXPORTS}
    inside = unpacked(found.pop("zip"))
    return {**found, **inside}


class TestSecrets:
    @pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
    def test_a_key_that_was_said_is_in_no_format(self, keyed: Studio, export: Export, secret: str):
        files = {"notes.txt": f"The key is {secret}.".encode(), "plain.txt": b"Nothing to hide."}
        with_files(keyed, files, secret=secret)
        assert secret in keyed.local.chats.state("c1").messages[0].content
        texts = everywhere(export)
        holding = {name for name, content in texts.items() if any(form in content for form in forms(secret))}
        assert holding == set()
        assert texts["files/plain.txt"] == b"Nothing to hide."
        assert "files/notes.txt" not in texts
        assert b"notes.txt: it holds a key" in texts[LEFT_OUT]
        assert b"[key]" in texts["events"]

    def test_a_key_that_nobody_saved_is_known_by_its_form(self, studio: Studio, export: Export):
        pasted = "sk-proj-Ab12Cd34Ef56Gh78Ij90"
        with_files(studio, {"notes.txt": pasted.encode()}, secret=pasted)
        assert [name for name, content in everywhere(export).items() if pasted.encode() in content] == []

    def test_a_short_placeholder_takes_no_words_with_it(self, studio: Studio, export: Export):
        spec = ConnectionSpec(name="lab", kind="openai", base_url="http://127.0.0.1:1/v1", model="m")
        studio.store.connections.save(spec, key="letters")
        put(studio, everything())
        assert b"You write letters." in export("finetune")


def forms(secret: str) -> list[bytes]:
    """A key as it is, and as JSON, HTML and CSV would write it."""
    html = secret.replace("&", "&amp;").replace('"', "&quot;")
    escaped = secret.replace("\\", "\\\\").replace('"', '\\"')
    return [text.encode() for text in (secret, html, escaped, secret.replace('"', '""'))]


class TestNames:
    def test_nobody_is_named_and_no_address_is_told(self, studio: Studio, export: Export):
        files = {
            "notes.txt": b"Ask ada.lovelace@Example.com.",
            "short.txt": b"Ask Ada Lovelace.",
            "plain.txt": b"Ask the office.",
            "bin.dat": b"\0\1" + ADA.name.encode() + b"\0",
        }
        with_files(studio, files)
        texts = everywhere(export, has_names=False)
        for name in (ADA.name, BOB.name, MAIL, "all@example.org", "Babbage"):
            assert [where for where, text in texts.items() if name.lower().encode() in text.lower()] == [], name
        assert b"Person-1" in texts["html"]
        assert b"Person-2 edited" in texts["html"] or b"Person-2 changed" in texts["html"]
        assert "files/plain.txt" in texts
        assert {"files/notes.txt", "files/bin.dat", "files/short.txt"} & texts.keys() == set()
        assert ADA.name.encode() in everywhere(export)["html"]  # it is told when nobody asks to leave it out

    def test_a_person_who_is_called_as_a_fixed_word_of_an_event_breaks_nothing(self, studio: Studio, export: Export):
        events = everything()
        for name in ("task", "reply", "model", "approve", "send_mail", "writer"):
            by = Person(name=name)
            events = [event.model_copy(update={"by": by}) if isinstance(event, MessagePosted) and event.by else event
                      for event in everything()]  # fmt: skip
            chat = put(studio, events, chat=f"of-{name}")
            assert b"Person-" in export("html", chat, has_names=False)
            assert export("events", chat, has_names=False).count(b"\n") == len(events)

    def test_who_gave_no_name_is_called_as_before(self, studio: Studio, export: Export):
        put(studio, [event.model_copy(update={"by": Person()}) if getattr(event, "by", None) else event
                     for event in everything()])  # fmt: skip
        assert b"Task, by You" in export("html", has_names=False)


class TestAmounts:
    def test_no_cost_and_no_token_count_is_told(self, studio: Studio, export: Export):
        put(studio, everything())
        for name, content in everywhere(export, has_amounts=False).items():
            assert re.findall(rb"\$\s?\d[\d.]*|[\d.]+[kM]? tokens", content) == [], name
        told = everywhere(export)
        assert b"0.0125" in told["ledger"]
        assert b"1.2k tokens" in told["html"]
        assert b"$7.31" in told["markdown"]

    def test_no_event_and_no_row_holds_an_amount(self, studio: Studio, export: Export):
        put(studio, everything())
        left_out = {
            name for line in export("events", has_amounts=False).splitlines() for name in amounts(json.loads(line))
        }
        assert left_out == set()
        told = {name for line in export("events").splitlines() for name in amounts(json.loads(line))}
        assert told >= {"cost_usd", "usage", "max_cost_usd", "max_tokens", "used", "allowed"}
        assert b"cost" not in export("ledger", has_amounts=False)

    def test_what_a_limit_of_messages_says_stays(self, studio: Studio, export: Export):
        put(studio, everything())
        assert b'"max_rounds"' in export("events", has_amounts=False)


def told_in(events: bytes) -> set[str]:
    """The names of fields of the lines that hold an amount."""
    return {name for line in events.splitlines() for name in amounts(json.loads(line))}


def amounts(value: Any) -> Iterator[str]:
    """The names of fields that hold an amount."""
    if isinstance(value, list):
        for inner in value:
            yield from amounts(inner)
    elif isinstance(value, dict):
        known = ("cost_usd", "usage", "max_cost_usd", "max_tokens", "used", "allowed")
        yield from (name for name in known if value.get(name) not in (None, 0))
        for inner in value.values():
            yield from amounts(inner)


@pytest.mark.parametrize("form", EXPORTS)
def test_nothing_that_is_left_out_costs_a_format_its_content(studio: Studio, export: Callable[..., bytes], form: str):
    put(studio, everything())
    assert len(export(form, has_names=False, has_amounts=False)) > 200
