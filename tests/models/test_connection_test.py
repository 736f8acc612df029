"""What the Test button says."""

from typing import Any

import pytest

from agents.models import ConnectionReport, ModelClient, check_connection
from agents.specs import ConnectionSpec
from tests.support.model_calls import KEY, NoModel, book
from tests.support.quirky_server import SERVED, UNSERVED, play_on
from tests.support.scripted_replies import Reply, Request
from tests.support.scripted_server import ScriptedServer


class TestChecking:
    def test_a_connection_that_works_lists_its_models(self, client: ModelClient, server: ScriptedServer):
        report = check_connection("scripted", client)
        assert report.is_ok
        assert f"scripted-1 at {server.base_url.removesuffix('/v1')} answers" in report.text
        assert report.models == ["details", "scripted-1", "scripted-2", "slow"]
        assert "A group chat works here" in report.text

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


def lines(report: ConnectionReport) -> dict[str, str]:
    """Subject -> state."""
    return {line.subject: line.state for line in report.lines}


ADDING = Reply(
    None, tool_calls=[{"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 2, "b": 3}'}}]
)


@pytest.mark.usefixtures("soon_again")
class TestTheShapeOfAGroupChat:
    def test_each_line_works_on_a_server_that_keeps_to_the_api(self, client: ModelClient, server: ScriptedServer):
        server.script([ADDING, "It is 5."])
        server.script(["Ben"], of="select")
        report = check_connection("scripted", client)
        assert report.text.count("A group chat works here as it is.") == 1
        assert set(lines(report).values()) == {"works"}
        assert report.lines[0].subject == "System messages"
        assert report.tested_at is not None
        turn, result, choice = server.records
        assert [message["role"] for message in turn.messages] == ["system", "user", "user", "assistant", "user"]
        assert [message["role"] for message in result.messages[-2:]] == ["assistant", "tool"]
        assert (choice.messages[-1]["role"], choice.messages[-1]["name"]) == ("system", "checking_agent")
        assert "max_tokens" not in turn.parameters, "a chat sends none"

    def test_an_embedding_model_is_tried_too(self, server: ScriptedServer):
        spec = ConnectionSpec(name="scripted", base_url=server.base_url, model="scripted-1", embedding_model="near")
        client = ModelClient(book(spec, key=KEY), environ={}, embedded=NoModel())
        assert lines(check_connection("scripted", client))["Embedding model"] == "missing"
        server.embeddings = lambda body: (200, {"data": [{"embedding": [1.0, 2.0]}]})
        report = check_connection("scripted", client)
        assert report.is_ok
        assert lines(report)["Embedding model"] == "works"
        client.close()

    def test_a_model_that_calls_no_tool_and_names_nobody_is_told(self, client: ModelClient, server: ScriptedServer):
        server.script(lambda request: "Hm.")
        server.script(lambda request: "Hm.", of="select")
        report = check_connection("scripted", client)
        assert report.is_ok
        assert lines(report)["Tools"] == "missing"
        assert lines(report)["The choice of who speaks next"] == "missing"
        assert "2 things in another way" in report.text

    @pytest.mark.parametrize(
        ("profile", "subject", "said"),
        [
            ("vllm qwen: system first", "System messages", "takes no system message but the first: sent as user"),
            ("gemma: no system", "System messages", "takes no system message: sent as user"),
            ("mistral: names", "Names of speakers", "the speaker's name goes in front of the text"),
            ("mistral: last role", "An instruction at the end", "wants the last message from the user"),
            ("mistral template: alternation", "Several messages in a row", "neighbours are sent as one message"),
            ("no temperature", "Parameters", "takes no temperature"),
            ("no streaming", "Streaming", "does not stream"),
        ],
    )
    def test_what_a_server_refuses_is_foretold(
        self, client: ModelClient, server: ScriptedServer, profile: str, subject: str, said: str
    ):
        play_on(SERVED[profile], server, ["2 plus 3 is 5."] * 9, ["Ben"] * 9)
        report = check_connection("scripted", client)
        assert report.is_ok, report.text
        [line] = [line for line in report.lines if line.subject == subject]
        assert (line.state, said in line.text) == ("adapted", True), line

    def test_a_server_that_does_not_count_is_told(self, client: ModelClient, server: ScriptedServer):
        play_on(SERVED["no usage"], server, ["5"] * 9, ["Ben"] * 9)
        report = check_connection("scripted", client)
        assert lines(report)["Counts of tokens"] == "missing"

    @pytest.mark.parametrize("name", SERVED)
    def test_it_says_yes_to_every_server_on_which_a_team_works(
        self, client: ModelClient, server: ScriptedServer, name: str
    ):
        play_on(SERVED[name], server, ["It is 5."] * 9, ["Ben"] * 9)
        report = check_connection("scripted", client)
        assert report.is_ok, report.text
        assert lines(report)["The choice of who speaks next"] != "missing"

    @pytest.mark.parametrize("name", UNSERVED)
    def test_it_says_no_to_every_server_on_which_none_can_and_names_cause_and_cure(
        self, client: ModelClient, server: ScriptedServer, name: str
    ):
        server.script(lambda request: UNSERVED[name].reply(request))
        server.script(lambda request: UNSERVED[name].reply(request), of="select")
        report = check_connection("scripted", client)
        assert not report.is_ok
        assert UNSERVED[name].cause in report.text
        assert UNSERVED[name].cure in report.text

    def test_results_of_tools_that_are_refused_cost_only_their_line(self, client: ModelClient, server: ScriptedServer):
        def answer(request: Request) -> Reply:
            if request.messages[-1]["role"] == "tool":
                return Reply(None, 403, {"error": {"message": "Tool results need another plan."}})
            return Reply("Ben")

        server.script(answer)
        report = check_connection("scripted", client)
        assert report.is_ok
        assert lines(report)["Results of tools"] == "missing"


class TestPictures:
    """A picture is tried where the model may see it."""

    @pytest.mark.parametrize(
        ("model", "fields", "listed", "state"),
        [
            ("gpt-4o", {}, {}, "works"),
            ("m", {"sees_pictures": True}, {}, "works"),
            ("m", {}, {"architecture": {"input_modalities": ["text", "image"]}}, "adapted"),
            ("m", {}, {"capabilities": {"vision": True}}, "adapted"),
            ("m", {}, {"capabilities": ["completion", "multimodal"]}, "adapted"),
            ("m", {}, {"type": "vlm"}, "adapted"),
            ("m", {}, {"capabilities": {"vision": False}, "type": "llm"}, None),
            ("m", {}, {"capabilities": 5, "architecture": []}, None),
            ("gpt-4o", {"sees_pictures": False}, {"type": "vlm"}, None),
        ],
    )
    def test_are_tried_where_the_model_is_said_or_believed_to_see(
        self, server: ScriptedServer, model: str, fields: dict[str, Any], listed: dict[str, Any], state: str | None
    ):
        server.listed = {model: listed}
        report = report_of(server.base_url, model, **fields)
        assert report.is_ok
        assert lines(report).get("Pictures") == state
        sent = [record for record in server.records if "image_url" in str(record.messages)]
        assert len(sent) == (state is not None)

    def test_that_are_refused_are_foretold_and_tried_no_more(self, server: ScriptedServer):
        def answer(request: Request) -> Reply:
            if "image_url" in str(request.messages):
                return Reply(None, 400, {"error": {"message": "This model does not support image input."}})
            return Reply("Ben")

        server.script(answer)
        server.script(["Ben"] * 2, of="select")
        client = client_of(server.base_url, "gpt-4o")
        for _ in range(2):
            [line] = [line for line in check_connection("scripted", client).lines if line.subject == "Pictures"]
            assert (line.state, line.text) == ("adapted", "sees no pictures: their names are sent")
        client.close()
        assert sum("image_url" in str(record.messages) for record in server.records) == 1

    def test_whose_call_fails_cost_only_their_line(self, server: ScriptedServer):
        def answer(request: Request) -> Reply:
            if "image_url" in str(request.messages):
                return Reply(None, 403, {"error": {"message": "Pictures need another plan."}})
            return Reply("Ben")

        server.script(answer)
        report = report_of(server.base_url, "gpt-4o")
        assert report.is_ok
        assert lines(report)["Pictures"] == "missing"


def client_of(base_url: str, model: str, **fields: Any) -> ModelClient:
    spec = ConnectionSpec(name="scripted", base_url=base_url, model=model, max_retries=0, **fields)
    return ModelClient(book(spec, key="k" * 8), environ={}, embedded=NoModel())


def report_of(base_url: str, model: str, **fields: Any) -> ConnectionReport:
    client = client_of(base_url, model, **fields)
    try:
        return check_connection("scripted", client)
    finally:
        client.close()
