"""The verbs on teams and connections: nothing saved half, no secret let out."""

from pathlib import Path

import pytest

from agents.chats import Person
from agents.errors import ConflictError, NotFoundError, SpecError, StudioError
from agents.specs import ConnectionSpec, dump_team
from agents.studio import Studio
from tests.support.bad_teams import BAD
from tests.support.scripted_server import ScriptedServer

ANNA = Person(name="Anna")
KEY = "sk-a-very-secret-key-1234567890"


def spec(studio: Studio):
    return studio.gallery_team("writer-and-critic")


class TestTeams:
    @pytest.mark.parametrize("name", BAD)
    def test_of_a_bad_file_nothing_is_saved(self, studio: Studio, name: str):
        with pytest.raises(SpecError):
            studio.import_team(BAD[name][0], by=ANNA)
        assert studio.teams() == []

    def test_a_file_with_an_unknown_connection_is_refused_by_its_field(self, studio: Studio):
        text = dump_team(spec(studio).model_copy(update={"connection": "gone"}))
        with pytest.raises(
            SpecError, match=r"connection: There is no connection named 'gone'; use one of default, emb"
        ):
            studio.import_team(text, by=ANNA)
        assert studio.teams() == []

    def test_a_file_written_here_comes_back_equal(self, studio: Studio):
        row = studio.import_team(dump_team(spec(studio), "json"), by=ANNA)
        assert studio.team(row.team_id).spec == spec(studio)

    def test_a_change_makes_a_revision_and_no_change_makes_none(self, studio: Studio):
        row = studio.save_team(spec(studio), by=ANNA)
        assert studio.save_team(spec(studio), team_id=row.team_id, by=ANNA).revision == 1
        changed = spec(studio).model_copy(update={"description": "New"})
        assert studio.save_team(changed, team_id=row.team_id, by=ANNA, expected_revision=1).revision == 2
        with pytest.raises(ConflictError):
            studio.save_team(spec(studio), team_id=row.team_id, by=ANNA, expected_revision=1)
        assert [revision.revision for revision in studio.revisions(row.team_id)] == [2, 1]
        assert studio.team(row.team_id, 1).spec == spec(studio)

    def test_a_deleted_team_comes_back(self, studio: Studio):
        row = studio.save_team(spec(studio), by=ANNA)
        studio.delete_team(row.team_id)
        assert studio.teams() == []
        studio.restore_team(row.team_id)
        assert [saved.team_id for saved in studio.teams()] == [row.team_id]

    def test_a_team_is_found_by_its_name_or_id_and_missing_ones_are_told(self, studio: Studio):
        row = studio.save_team(spec(studio), by=ANNA)
        assert studio.team_named("Writer and critic").team_id == row.team_id
        assert studio.team_named(row.team_id).team_id == row.team_id
        with pytest.raises(NotFoundError, match="'Nobody' \\(saved: 'Writer and critic'\\)"):
            studio.team_named("Nobody")
        with pytest.raises(NotFoundError, match="it has product-team, coder-and-executor"):
            studio.gallery_team("nobody")


class TestConnections:
    def test_a_fresh_studio_has_the_embedded_model_and_it_is_the_default(self, studio: Studio):
        (row,) = studio.connections()
        assert (row.spec.name, row.source, row.has_key, row.is_default) == ("embedded", "built in", False, True)

    def test_the_environments_connection_is_the_default_and_a_saved_one_goes_before_it(
        self, studio: Studio, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        _, row = studio.connections()
        assert (row.spec.name, row.source, row.has_key, row.is_default) == ("openai", "environment", True, True)
        studio.save_connection(ConnectionSpec(name="openai", base_url="http://localhost:1/v1"), key="")
        _, row = studio.connections()
        assert (row.source, row.has_key, row.is_default) == ("saved", False, True)

    def test_the_persons_choice_is_the_default_until_it_is_deleted(self, studio: Studio, scripted: ConnectionSpec):
        studio.set_default_connection("scripted")
        assert [row.spec.name for row in studio.connections() if row.is_default] == ["scripted"]
        studio.delete_connection("scripted")
        assert [row.spec.name for row in studio.connections() if row.is_default] == ["embedded"]

    @pytest.mark.parametrize("name", ["embedded", "default"])
    def test_the_studios_own_names_are_not_to_be_had(self, studio: Studio, name: str):
        with pytest.raises(SpecError, match=f"name: '{name}' is the studio's own"):
            studio.save_connection(ConnectionSpec(name=name))
        with pytest.raises(NotFoundError):
            studio.delete_connection(name)

    def test_only_a_connection_that_is_there_can_be_the_default(self, studio: Studio):
        for name in ("gone", "default"):
            with pytest.raises(NotFoundError):
                studio.set_default_connection(name)
        assert studio.default_connection() == "embedded"

    def test_a_saved_key_is_told_of_and_never_told(self, studio: Studio, scripted: ConnectionSpec, tmp_path: Path):
        studio.save_connection(scripted, key=KEY)
        studio.save_connection(scripted.model_copy(update={"timeout_s": 5}))
        row = studio.connections()[-1]
        assert (row.spec.timeout_s, row.has_key) == (5, True)
        assert KEY not in repr(studio.connections())
        kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert KEY.encode() not in kept
        studio.save_connection(scripted, key="")
        assert not studio.connections()[-1].has_key

    def test_a_connection_is_tried_and_the_finding_is_in_words(
        self, studio: Studio, server: ScriptedServer, scripted: ConnectionSpec
    ):
        studio.save_connection(scripted, key=KEY)
        report = studio.check_connection("scripted")
        assert (report.is_ok, "scripted-1" in report.models) == (True, True)
        assert not studio.check_connection("scripted", model="fault-401").is_ok
        refused = studio.check_connection("gone")
        assert not refused.is_ok
        assert "does not exist" in refused.text
        assert KEY not in repr([report, refused, studio.check_connection("scripted", model="fault-401")])


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
