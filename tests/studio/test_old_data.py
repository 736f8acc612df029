"""A studio folder that an earlier version made opens, shows what that version showed, and its chats go on."""

import gzip
import json
import sqlite3
import tarfile
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from agents.chats import MessagePosted, Person, Total
from agents.chats.requests import Answer
from agents.sandbox.python_env import PythonEnvironment
from agents.specs import ConnectionSpec, TeamSpec
from agents.store.schema import events
from agents.studio import CallRow, Studio
from tests.support import package_index
from tests.support.scripted_server import ScriptedServer

OLD = Path(__file__).parents[1] / "support" / "old_studio"
ANNA = Person(name="Anna")
KINDS = {
    "human_turn", "tool_call", "code_block", "package", "message", "next_speaker", "limit", "loop", "pause",
    "model_failure",
}  # fmt: skip


CALL_FIELDS = (
    "chat", "seq", "turn", "agent", "purpose", "connection", "model", "outcome", "started_at", "first_token_s",
    "duration_s", "error", "team_name", "day",
)  # fmt: skip
TOKENS = ("input_uncached", "input_cached", "output", "reasoning")


def text_of(name: str) -> str:
    return gzip.decompress((OLD / name).read_bytes()).decode()


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    """What the version that made the folder read in it."""
    read: dict[str, Any] = json.loads(text_of("expected.json.gz"))
    return read


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with tarfile.open(OLD / "home.tar.gz") as packed:
        packed.extractall(tmp_path, filter="data")
    return tmp_path / "home"


@pytest.fixture
def studio_url(empty_db_url: str, home: Path) -> str:
    """A copy of the old database, of each kind in turn."""
    if empty_db_url.startswith("sqlite"):
        file = sqlite3.connect(home / "studio.db")
        file.executescript(text_of("sqlite.sql.gz"))
        file.close()
    else:
        with psycopg.connect(empty_db_url.replace("+psycopg", "")) as connection:
            connection.execute(text_of("postgresql.sql.gz").encode())
    return empty_db_url


@pytest.fixture
def server(server: ScriptedServer, studio: Studio) -> ScriptedServer:
    """A server that all saved connections lead to."""
    for row in studio.local.connections.rows():
        if row.spec.base_url:
            studio.local.connections.save(row.spec.model_copy(update={"base_url": server.base_url}))
    return server


def fields(value: Any, names: Any) -> dict[str, Any]:
    """The attributes of `value` with those names, as JSON holds them."""
    found = {name: getattr(value, name) for name in names}
    return {name: item.isoformat() if hasattr(item, "isoformat") else item for name, item in found.items()}


def call_fields(call: CallRow) -> dict[str, Any]:
    """The call as that version's ledger had it: flat, the price's fields under names of their own."""
    price = {"cost_usd": call.price.cost_usd, "price_source": call.price.source, "price_as_of": call.price.as_of}
    own = fields(call, CALL_FIELDS)
    return {**own, **{name: getattr(call.usage, name, None) for name in TOKENS}, **price}


def total_fields(total: Total, names: Any) -> dict[str, Any]:
    """The total as that version had it: flat."""
    flat = {**asdict(total.spend), **asdict(total.spend.usage), "key": total.key, "part": total.part}
    return {name: flat[name] for name in names}


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def close_to(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same, sums of floats not to the last bit: the databases add them up in another order."""
    return [{name: pytest.approx(v) if isinstance(v, float) else v for name, v in row.items()} for row in rows]


def stored(studio: Studio) -> dict[tuple[str, int], str]:
    """The events as the database holds them."""
    with studio.store.db.connect() as connection:
        rows = connection.execute(sa.select(events.c.chat_id, events.c.seq, events.c.body))
        return {(chat, seq): body for chat, seq, body in rows}


def waiting(expected: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The chats that wait, by id."""
    listed = {id_: chat for id_, chat in expected["chats"].items() if id_ not in expected["deleted"]}
    return {id_: chat for id_, chat in listed.items() if chat["waiting"]}


class TestWhatIsShown:
    def test_the_chats_are_listed_as_before(self, studio: Studio, expected: dict[str, Any]):
        rows = studio.local.chats.rows(limit=200)
        before = [expected["chats"][id_]["row"] for id_ in expected["listed"]]
        names = without(before[0], "waiting_for", "ended_text")
        assert [fields(row, names) for row in rows] == [without(row, "waiting_for", "ended_text") for row in before]
        assert [row.ended_text for row in rows] == [row["ended_text"] for row in before]
        assert studio.local.chats.counts() == expected["counts"]

    def test_the_transcripts_are_the_same(self, studio: Studio, expected: dict[str, Any]):
        for id_, chat in expected["chats"].items():
            log = studio.local.chats.log(id_)
            assert [[r.seq, r.event.kind, r.at.isoformat()] for r in log] == chat["events"]
            posted = [(r.seq, r.event) for r in log if isinstance(r.event, MessagePosted)]
            assert [
                {"seq": seq, **fields(message, ("turn", "agent", "content", "source")), "by": name(message.by)}
                for seq, message in posted
            ] == chat["messages"]
            assert [rule.id for rule in studio.local.chats.state(id_).rules] == chat["rules"]
            assert studio.store.chats.verify(id_) == []

    def test_the_ledger_and_its_sums_are_the_same(self, studio: Studio, expected: dict[str, Any]):
        for id_, chat in expected["chats"].items():
            assert [call_fields(call) for call in studio.local.chats.calls(id_)] == chat["calls"]
        assert sum(len(chat["calls"]) for chat in expected["chats"].values()) == 64
        for by, totals in expected["totals"].items():
            found = [total_fields(total, totals[0]) for total in studio.local.chats.totals_by(by)]
            assert found == close_to(totals)

    def test_what_waits_is_the_same(self, studio: Studio, expected: dict[str, Any]):
        names = without(expected["open"][0], "question")
        assert [fields(row, names) for row in studio.local.requests.open(limit=200)] == [
            without(row, "question") for row in expected["open"]
        ]
        for id_, chat in waiting(expected).items():
            for request, before in zip(studio.local.chats.state(id_).requests, chat["waiting"], strict=True):
                assert without(request.model_dump(mode="json"), "question") == without(before, "question")
        assert {request["of"] for chat in waiting(expected).values() for request in chat["waiting"]} == KINDS

    def test_the_audit_is_the_same(self, studio: Studio, expected: dict[str, Any]):
        found, before = studio.local.requests.audit(), expected["audit"]
        for (row, asked, made), entry in zip(found, before, strict=True):
            assert fields(row, without(entry["row"], "question")) == without(entry["row"], "question")
            assert without(asked.model_dump(mode="json"), "question") == without(entry["asked"], "question")
            assert (made.model_dump(mode="json") if made else None) == entry["made"]
        assert [fields(refusal, expected["refusals"][0]) for refusal in studio.local.requests.refusals()] == expected[
            "refusals"
        ]

    def test_the_files_and_their_versions_are_there(self, studio: Studio, expected: dict[str, Any]):
        for id_, chat in expected["chats"].items():
            rows = studio.local.files.rows(id_)
            assert [
                {"path": row.path, "versions": [[v.seq, v.change.sha256, v.change.size] for v in row.versions]}
                for row in rows
            ] == chat["files"]
            for row in rows:
                assert len(studio.local.files.version(id_, row.sha256).read_bytes()) == row.size

    def test_every_chat_is_exported_in_every_format(self, studio: Studio):
        exports = studio.local.exports
        rows = studio.local.chats.rows()
        assert len(rows) > 20
        for row in rows:
            for form in exports.formats(row.chat):
                with exports.chat(row.chat, form.name, has_names=False, has_amounts=False).content as content:
                    assert ANNA.name.encode() not in content.read(), (row.chat, form.name)

    def test_teams_connections_and_servers_are_there(self, studio: Studio, expected: dict[str, Any]):
        found = {row.team_id: studio.local.teams.revisions(row.team_id) for row in studio.local.teams.rows()}
        assert {team: [(row.revision, row.spec) for row in rows] for team, rows in found.items()} == {
            team: [(row["revision"], TeamSpec.model_validate(row["team"])) for row in rows]
            for team, rows in expected["teams"].items()
        }
        local_model, *others = [row.spec for row in studio.local.connections.rows()]
        assert (local_model.name, local_model.kind) == ("embedded", "embedded")  # today's weights, not those of then
        assert others == [ConnectionSpec.model_validate(spec) for spec in expected["connections"][1:]]
        assert studio.local.connections.default() == expected["default_connection"]
        (server,) = studio.local.mcp_servers.rows()
        assert [
            {
                "spec": server.spec.model_dump(mode="json"),
                "tools": [tool.model_dump(mode="json") for tool in server.tools],
            }
        ] == expected["mcp"]
        assert studio.store.mcp_servers.secrets("weather").env == {"TOKEN": "only-for-tests"}
        assert [fields(row, ("name", "service")) for row in studio.local.notifications.addresses()] == expected[
            "addresses"
        ]


class TestGoingOn:
    def test_every_waiting_chat_takes_its_answers_and_runs_to_its_end(
        self, studio: Studio, server: ScriptedServer, expected: dict[str, Any], sandbox_python: PythonEnvironment,
        monkeypatch: pytest.MonkeyPatch,
    ):  # fmt: skip
        before = stored(studio)
        keys: set[str] = set()
        server.script(lambda request: keys.add(request.headers.get("authorization", "")))
        with package_index.served(monkeypatch) as index:
            index.add("ledgerline", "1.4")
            for id_, chat in waiting(expected).items():
                for request in chat["waiting"]:
                    decide(studio, id_, request["request"], request["digest"], **answer(request))
                run(studio, id_)
                for request in chat["waiting"]:
                    assert (decided := studio.local.requests.get(id_, request["request"])[1])
                    assert (decided.digest, decided.by) == (request["digest"], ANNA)
                assert (studio.local.chats.state(id_).status, studio.store.chats.verify(id_)) == ("ended", []), chat[
                    "row"
                ]
            assert set(index.fetched) == {"ledgerline-1.4-py3-none-any.whl"}
        assert "Bearer sk-only-for-tests" in keys
        assert {key: body for key, body in stored(studio).items() if key in before} == before

    def test_a_chat_that_owed_a_turn_still_owes_it_and_takes_it(
        self, studio: Studio, server: ScriptedServer, expected: dict[str, Any]
    ):
        (owing,) = (id_ for id_, chat in expected["chats"].items() if chat["row"]["status"] == "running")
        assert [chat for chat, _ in studio.store.chats.owing(set())] == [owing]
        run(studio, owing)
        assert studio.local.chats.state(owing).status == "ended"

    def test_a_team_keeps_files_now_and_its_next_chat_begins_with_them(self, studio: Studio, server: ScriptedServer):
        row = studio.local.teams.rows()[0]
        assert studio.local.teams.files(row.team_id) == []
        studio.as_(ANNA).teams.add_files(row.team_id, [("terms.md", b"Pay within 30 days.")])
        chat = studio.as_(ANNA).chats.start(row.spec, "Look.", team_id=row.team_id, run_here=True)
        assert [file.path for file in studio.local.files.rows(chat)] == ["terms.md"]

    def test_an_ended_chat_goes_on_and_a_deleted_one_comes_back(
        self, studio: Studio, server: ScriptedServer, expected: dict[str, Any]
    ):
        (id_,) = (id_ for id_, chat in expected["chats"].items() if chat["row"]["title"] == "Sums")
        server.script(["Gladly. TERMINATE"])
        studio.as_(ANNA).chats.continue_(id_, text="Once more.", client_id="again", run_here=True)
        run(studio, id_)
        assert [message.content for message in studio.local.chats.state(id_).messages[-2:]] == [
            "Once more.",
            "Gladly. TERMINATE",
        ]
        (deleted,) = expected["deleted"]
        studio.as_(ANNA).chats.restore(deleted)
        assert studio.local.chats.state(deleted).status == "waiting"


def name(person: Person | None) -> str | None:
    return person.name if person else None


def decide(studio: Studio, chat: str, request: str, digest: str, **given: Any) -> None:
    studio.as_(ANNA).requests.decide(chat, Answer(request, digest, **given), client_id=f"now-{request}", run_here=True)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What a person answers to a request of that kind."""
    payload = request["payload"]
    if request["of"] in ("tool_call", "code_block", "package"):
        return {"verdict": "retry" if payload.get("is_cut") else "approve"}
    answers: dict[str, dict[str, Any]] = {
        "human_turn": {"verdict": "reply", "text": "Enough. TERMINATE"},
        "message": {"verdict": "edit", "edit": {"content": "Hello, team. TERMINATE"}},
        "next_speaker": {"verdict": "choose", "choice": (payload.get("candidates") or [""])[-1]},
        "limit": {"verdict": "raise", "amount": (payload.get("used") or 0) * 2},
        "loop": {"verdict": "continue"},
        "pause": {"verdict": "continue"},
        "model_failure": {"verdict": "change_model", "choice": "scripted", "model": "scripted-1"},
    }
    return answers[request["of"]]


def run(studio: Studio, chat: str) -> None:
    """Run the chat until it ends; what it still asks is answered, a limit with the end."""
    for _ in range(20):
        studio.local.chats.run_here(chat, lambda *piece: None, threading.Event())
        state = studio.local.chats.state(chat)
        if state.ended:
            return
        for asked in state.requests:
            given = {"verdict": "end"} if asked.of == "limit" else answer(asked.model_dump(mode="json"))
            decide(studio, chat, asked.request, asked.digest, **given)
            if given["verdict"] == "end":
                return
    raise AssertionError(f"{chat} has no end: {[r.event.kind for r in studio.local.chats.log(chat)][-20:]}")
