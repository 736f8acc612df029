"""The verbs on teams and connections: nothing saved half, no secret let out."""

import threading
from pathlib import Path
from typing import Any

import pytest

from agents.cancellation import drain
from agents.chats import Person
from agents.errors import ConflictError, NotFoundError, SpecError, StudioError
from agents.models import LocalServer
from agents.specs import ConnectionSpec, TeamSpec, dump_team, team_from_dict
from agents.specs.providers import PROVIDERS
from agents.studio import Studio
from tests.support.bad_teams import BAD
from tests.support.conversations import pair
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer

ANNA = Person(name="Anna")
KEY = "sk-a-very-secret-key-1234567890"


def spec(studio: Studio):
    return studio.local.teams.from_gallery("writer-and-critic")


def imported(studio: Studio, text: str):
    """The team written in `text`, saved."""
    teams = studio.as_(ANNA).teams
    return teams.save(teams.read(text))


class TestTeams:
    @pytest.mark.parametrize("name", BAD)
    def test_of_a_bad_file_nothing_is_saved(self, studio: Studio, name: str):
        with pytest.raises(SpecError):
            imported(studio, BAD[name][0])
        assert studio.local.teams.rows() == []

    def test_a_file_with_an_unknown_connection_is_refused_by_its_field(self, studio: Studio):
        text = dump_team(spec(studio).model_copy(update={"connection": "gone"}))
        with pytest.raises(
            SpecError, match=r"connection: There is no connection named 'gone'; use one of default, emb"
        ):
            imported(studio, text)
        assert studio.local.teams.rows() == []

    def test_a_file_written_here_comes_back_equal(self, studio: Studio):
        row = imported(studio, dump_team(spec(studio), "json"))
        assert studio.local.teams.get(row.team_id).spec == spec(studio)

    def test_a_change_makes_a_revision_and_no_change_makes_none(self, studio: Studio):
        row = studio.as_(ANNA).teams.save(spec(studio))
        assert studio.as_(ANNA).teams.save(spec(studio), team_id=row.team_id).revision == 1
        changed = spec(studio).model_copy(update={"description": "New"})
        assert studio.as_(ANNA).teams.save(changed, team_id=row.team_id, expected_revision=1).revision == 2
        with pytest.raises(ConflictError):
            studio.as_(ANNA).teams.save(spec(studio), team_id=row.team_id, expected_revision=1)
        assert [revision.revision for revision in studio.local.teams.revisions(row.team_id)] == [2, 1]
        assert studio.local.teams.get(row.team_id, 1).spec == spec(studio)

    def test_a_deleted_team_comes_back(self, studio: Studio):
        row = studio.as_(ANNA).teams.save(spec(studio))
        studio.local.teams.delete(row.team_id)
        assert studio.local.teams.rows() == []
        studio.local.teams.restore(row.team_id)
        assert [saved.team_id for saved in studio.local.teams.rows()] == [row.team_id]

    def test_a_team_is_found_by_its_name_or_id_and_missing_ones_are_told(self, studio: Studio):
        row = studio.as_(ANNA).teams.save(spec(studio))
        assert studio.local.teams.named("Writer and critic").team_id == row.team_id
        assert studio.local.teams.named(row.team_id).team_id == row.team_id
        with pytest.raises(NotFoundError, match="'Nobody' \\(saved: 'Writer and critic'\\)"):
            studio.local.teams.named("Nobody")
        with pytest.raises(NotFoundError, match="there are product-team, coder-and-executor"):
            studio.local.teams.from_gallery("nobody")


class TestConnections:
    def test_a_fresh_studio_has_the_embedded_model_and_it_is_the_default(self, studio: Studio):
        (row,) = studio.local.connections.rows()
        assert (row.spec.name, row.source, row.has_key, row.is_default) == ("embedded", "built in", False, True)

    def test_the_environments_connection_is_the_default_and_a_saved_one_goes_before_it(
        self, studio: Studio, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        _, row = studio.local.connections.rows()
        assert (row.spec.name, row.source, row.has_key, row.is_default) == ("openai", "environment", True, True)
        studio.local.connections.save(ConnectionSpec(name="openai", base_url="http://localhost:1/v1"), key="")
        _, row = studio.local.connections.rows()
        assert (row.source, row.has_key, row.is_default) == ("saved", False, True)

    def test_the_persons_choice_is_the_default_until_it_is_deleted(self, studio: Studio, scripted: ConnectionSpec):
        studio.local.connections.set_default("scripted")
        assert [row.spec.name for row in studio.local.connections.rows() if row.is_default] == ["scripted"]
        studio.local.connections.delete("scripted")
        assert [row.spec.name for row in studio.local.connections.rows() if row.is_default] == ["embedded"]

    @pytest.mark.parametrize("name", ["embedded", "default"])
    def test_the_studios_own_names_are_not_to_be_had(self, studio: Studio, name: str):
        with pytest.raises(SpecError, match=f"name: '{name}' is the studio's own"):
            studio.local.connections.save(ConnectionSpec(name=name))
        with pytest.raises(NotFoundError):
            studio.local.connections.delete(name)

    def test_only_a_connection_that_is_there_can_be_the_default(self, studio: Studio):
        for name in ("gone", "default"):
            with pytest.raises(NotFoundError):
                studio.local.connections.set_default(name)
        assert studio.local.connections.default() == "embedded"

    def test_a_saved_key_is_told_of_and_never_told(self, studio: Studio, scripted: ConnectionSpec, tmp_path: Path):
        studio.local.connections.save(scripted, key=KEY)
        studio.local.connections.save(scripted.model_copy(update={"timeout_s": 5}))
        row = studio.local.connections.rows()[-1]
        assert (row.spec.timeout_s, row.has_key) == (5, True)
        assert KEY not in repr(studio.local.connections.rows())
        written = (path for path in tmp_path.rglob("*") if path.is_file() and path.parent != studio.settings.models)
        kept = b"".join(path.read_bytes() for path in written)
        assert KEY.encode() not in kept
        studio.local.connections.save(scripted, key="")
        assert not studio.local.connections.rows()[-1].has_key

    @pytest.mark.parametrize("variable", ["", "PATH"])
    def test_a_key_that_was_not_typed_goes_to_its_own_address_only(
        self, studio: Studio, server: ScriptedServer, scripted: ConnectionSpec, variable: str
    ):
        mine = scripted.model_copy(update={"api_key_env": variable})
        studio.local.connections.save(mine.model_copy(update={"base_url": "http://127.0.0.1:9/v1"}), key=KEY)
        with pytest.raises(StudioError, match="type the key"):
            studio.local.connections.listed_models(mine)
        assert "scripted-1" in studio.local.connections.listed_models(mine, key="typed") or variable
        studio.local.connections.save(mine.model_copy(update={"api_key_env": ""}))
        assert "scripted-1" in studio.local.connections.listed_models(mine.model_copy(update={"api_key_env": ""}))

    def test_a_connection_is_tried_and_the_finding_is_in_words(
        self, studio: Studio, server: ScriptedServer, scripted: ConnectionSpec
    ):
        studio.local.connections.save(scripted, key=KEY)
        report = studio.local.connections.check("scripted")
        assert (report.is_ok, "scripted-1" in report.models) == (True, True)
        assert not studio.local.connections.check("scripted", model="fault-401").is_ok
        refused = studio.local.connections.check("gone")
        assert not refused.is_ok
        assert "does not exist" in refused.text
        assert KEY not in repr([report, refused, studio.local.connections.check("scripted", model="fault-401")])


class TestAKeyInATeam:
    @pytest.mark.parametrize(
        "place",
        [
            {"model": KEY},
            {"variables": {"token": KEY}},
            {"agents": [{"name": "dev", "parameters": {"api_key": [KEY]}}, {"name": "qa"}]},
            {"agents": [{"name": "dev", "parameters": {KEY: 1}}, {"name": "qa"}]},
            {"agents": [{"name": "dev", "prompt": f"Use {KEY} there."}, {"name": "qa"}]},
        ],
    )
    def test_is_neither_saved_nor_imported_nor_started(self, place: dict[str, Any], studio: Studio):
        team = team_from_dict({"name": "T", "agents": [{"name": "dev"}, {"name": "qa"}], **place})
        session = studio.as_(ANNA)
        for use in (
            lambda: session.teams.save(team),
            lambda: session.teams.read(dump_team(team)),
            lambda: session.chats.start(team, "A task."),
        ):
            with pytest.raises(SpecError, match="This looks like a key") as caught:
                use()
            assert KEY not in str(caught.value)
        assert session.teams.rows() == []


class TestALocalServer:
    def test_with_a_model_of_an_endless_name_is_refused_in_words(self, studio: Studio):
        connections = studio.as_(ANNA).connections
        server = LocalServer(PROVIDERS[0], "http://localhost:11434/v1", ["m" * 201])
        with pytest.raises(SpecError, match="model: It has 201 characters; at most 200 are allowed"):
            connections.use_local(server)
        assert [row.spec.name for row in connections.rows()] == ["embedded"]

    def test_a_copy_that_was_never_checked_is_not_saved(self, studio: Studio, scripted: ConnectionSpec):
        connections = studio.as_(ANNA).connections
        connections.save(scripted)
        with pytest.raises(SpecError, match="at most 200 are allowed"):
            connections.save(scripted.model_copy(update={"model": "m" * 201}))
        with pytest.raises(SpecError, match="This looks like a key"):
            connections.save(scripted.model_copy(update={"model": KEY}))
        assert [row.spec.model for row in connections.rows() if row.source == "saved"] == [scripted.model]


class TestWhatWasLearned:
    @pytest.mark.parametrize(
        ("quirk", "said"), [("window:4096", {"context_window": 32_768}), ("no_pictures", {"sees_pictures": True})]
    )
    def test_counts_no_more_once_a_person_says_something_else_of_the_same(
        self, quirk: str, said: dict[str, Any], studio: Studio, scripted: ConnectionSpec
    ):
        def learn() -> None:
            studio.store.dialects.learn("scripted", "scripted-1", scripted.base_url, {quirk: "", "no_name": ""})

        def known() -> set[str]:
            return {*studio.store.dialects.of("scripted", "scripted-1", scripted.base_url)}

        connections = studio.as_(ANNA).connections
        connections.save(scripted)
        learn()
        connections.save(scripted.model_copy(update={"timeout_s": 7}))
        assert known() == {quirk, "no_name"}
        connections.save(scripted.model_copy(update=said))
        assert known() == {"no_name"}
        learn()
        connections.save(scripted.model_copy(update={**said, "timeout_s": 9}))
        assert known() == {quirk, "no_name"}, "learned after it was said"

    def test_a_larger_window_that_a_person_sets_is_used_until_the_server_refuses_again(
        self, studio: Studio, scripted: ConnectionSpec, server: ScriptedServer
    ):
        connections, client = studio.as_(ANNA).connections, studio.client
        connections.save(scripted)
        too_long = {"error": {"message": "This model's maximum context length is 4096 tokens."}}

        def window(*replies: Reply) -> int | None:
            server.script([*replies])
            for _ in replies:
                drain(client.call("scripted", "scripted-1", [{"role": "user", "content": "Hi."}], {}))
            return client.context_window("scripted", "scripted-1")

        assert window(Reply(None, 400, too_long)) == 4_096
        connections.save(scripted.model_copy(update={"context_window": 32_768}))
        assert window(Reply("Hi.")) == 32_768
        assert window(Reply(None, 400, too_long)) == 4_096


class TestFallbacks:
    def test_those_that_are_there_are_kept_in_their_order(self, studio: Studio, scripted: ConnectionSpec):
        spec = ConnectionSpec(name="mine", base_url="http://localhost:1/v1", fallbacks=["scripted", "embedded"])
        studio.local.connections.save(spec)
        assert studio.store.connections.get("mine") == spec

    def test_one_that_is_not_there_is_refused(self, studio: Studio):
        with pytest.raises(SpecError, match="fallbacks: There is no connection 'gone'"):
            studio.local.connections.save(ConnectionSpec(name="mine", fallbacks=["gone"]))
        with pytest.raises(ValueError, match="cannot be used in its own place"):
            ConnectionSpec(name="mine", fallbacks=["mine"])

    def test_a_circle_is_refused_and_named(self, studio: Studio):
        save = studio.local.connections.save
        save(ConnectionSpec(name="c"))
        save(ConnectionSpec(name="b", fallbacks=["c"]))
        save(ConnectionSpec(name="a", fallbacks=["b"]))
        with pytest.raises(SpecError, match="c → a → b → c goes round in a circle"):
            save(ConnectionSpec(name="c", fallbacks=["a"]))
        found = studio.store.connections.get("c")
        assert found is not None
        assert found.fallbacks == []


class TestPinning:
    """A chat keeps the connections and models that it began with."""

    def started(self, studio: Studio, team: TeamSpec, task: str = "Write.") -> TeamSpec:
        chat = studio.as_(ANNA).chats.start(team, task, run_here=True)
        started = studio.local.chats.state(chat).started
        assert started is not None
        return team_from_dict(dict(started.team))

    def test_the_default_and_a_connection_s_own_model_are_those_of_the_start(
        self, studio: Studio, scripted: ConnectionSpec
    ):
        studio.local.connections.set_default("scripted")
        pinned = self.started(studio, spec(studio))
        assert (pinned.connection, pinned.model) == ("scripted", "scripted-1")
        assert pinned.connection_of(pinned.agents[1]) == ("scripted", "scripted-1")

    def test_another_default_or_model_later_moves_no_running_chat(
        self, studio: Studio, server: ScriptedServer, scripted: ConnectionSpec
    ):
        connections, chats = studio.local.connections, studio.as_(ANNA).chats
        connections.set_default("scripted")
        chat = chats.start(pair("", connection="default"), "Write.", run_here=True)
        connections.save(scripted.model_copy(update={"model": "scripted-2"}))
        connections.set_default("embedded")
        chats.run_here(chat, lambda *piece: None, threading.Event())
        assert [record.model for record in server.records] == ["scripted-1"]

    def test_what_a_team_chose_itself_stays_as_it_is(self, studio: Studio, scripted: ConnectionSpec):
        agents = [each.model_copy(update={"model": "own"}) if each.has_model else each for each in spec(studio).agents]
        agents[1] = agents[1].model_copy(update={"connection": "scripted"})
        team = spec(studio).model_copy(update={"connection": "scripted", "model": "teams", "agents": agents})
        pinned = self.started(studio, team)
        assert pinned == team

    def test_once_the_connection_is_deleted_a_request_says_so(self, studio: Studio, scripted: ConnectionSpec):
        studio.local.connections.set_default("scripted")
        chats = studio.as_(ANNA).chats
        chat = chats.start(pair("", connection="default"), "Write.", run_here=True)
        studio.local.connections.delete("scripted")
        chats.run_here(chat, lambda *piece: None, threading.Event())
        request = chats.state(chat).request
        assert request is not None
        assert request.of == "model_failure"
        assert 'Connection "scripted" does not exist; it may have been deleted' in str(request.payload["error"])


class TestSettings:
    def test_a_database_of_another_kind_is_refused_with_both_cures(self):
        from agents.settings import Settings

        with pytest.raises(StudioError, match=r"STUDIO_DB starts with 'mysql://', .*unset it"):
            Settings.from_env({"STUDIO_DB": "mysql://me:secret@host/x"})
        with pytest.raises(StudioError, match="STUDIO_WORKERS is 'many'"):
            Settings.from_env({"STUDIO_WORKERS": "many"})

    def test_the_environment_moves_home_database_and_workers(self, tmp_path: Path):
        from agents.settings import Settings

        given = {"STUDIO_HOME": str(tmp_path), "STUDIO_DB": "postgresql://me@host/x", "STUDIO_WORKERS": "0"}
        assert Settings.from_env(given) == Settings(tmp_path, "postgresql+psycopg://me@host/x", 0)
        assert Settings.from_env({"STUDIO_HOME": str(tmp_path)}).db_url == f"sqlite:///{tmp_path}/studio.db"
