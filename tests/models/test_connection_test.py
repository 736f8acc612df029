"""What the Test button says."""

from agents.models import ModelClient, check_connection
from tests.support.scripted_server import ScriptedServer


class TestChecking:
    def test_a_connection_that_works_lists_its_models(self, client: ModelClient, server: ScriptedServer):
        report = check_connection("scripted", client)
        assert report.is_ok
        assert f"scripted-1 at {server.base_url.removesuffix('/v1')} answers" in report.text
        assert report.models == ["details", "scripted-1", "scripted-2", "slow"]
        assert server.records[0].parameters["max_tokens"] == 16

    def test_a_model_that_the_server_lacks_is_told_with_those_it_has(self, client: ModelClient):
        report = check_connection("scripted", client, model="fault-404")
        assert not report.is_ok
        assert "The server answers, but not for this model." in report.text
        assert "It lists: details, scripted-1, scripted-2, slow." in report.text

    def test_a_refused_key_is_told(self, client: ModelClient):
        report = check_connection("scripted", client, model="fault-401")
        assert not report.is_ok
        assert "does not accept the key" in report.text

    def test_a_connection_that_does_not_exist_is_told(self, client: ModelClient):
        report = check_connection("elsewhere", client)
        assert (report.is_ok, report.models) == (False, [])
        assert "does not exist" in report.text
