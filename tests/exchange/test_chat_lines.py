"""A chat as lines for programs: events, ledger, and examples to train with."""

import csv
import io
import json
from datetime import datetime
from typing import Any

import pytest

from agents.chats import ModelCalled, Recorded, event_from_json, fold
from agents.cli.arguments import EXPORTS
from agents.errors import UsageError
from agents.exchange.chat_formats import CHAT_FORMATS
from agents.insight.audit import SPREADSHEET
from agents.studio import Studio
from tests.exchange.conftest import Export
from tests.support.exported_chats import CALL_EDITED, DRAFT, EDITED, everything, put, with_a_team


def read(line: dict[str, Any]) -> Recorded:
    """The event that a line holds."""
    event = event_from_json(json.dumps(line["event"]), schema=1, chat=line["chat"], seq=line["seq"])
    assert line["kind"] == event.kind
    return Recorded(line["chat"], line["seq"], datetime.fromisoformat(line["at"]), event)


def lines(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


def test_the_command_line_offers_every_format():
    assert tuple(CHAT_FORMATS) == EXPORTS


class TestEvents:
    def test_they_are_the_log_and_fold_to_the_same_chat(self, studio: Studio, export: Export):
        put(studio, everything())
        log = studio.local.chats.log("c1")
        again = [read(line) for line in lines(export("events"))]
        assert again == log
        assert fold(again) == fold(log)

    def test_those_of_its_teams_follow(self, studio: Studio, export: Export):
        with_a_team(studio)
        again = [read(line) for line in lines(export("events"))]
        assert again == [*studio.local.chats.log("c1"), *studio.local.chats.log("c1-1")]


class TestLedger:
    def rows(self, content: bytes) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(content.decode(SPREADSHEET))))

    def test_each_call_is_a_row_and_the_sums_are_the_chats(self, studio: Studio, export: Export):
        put(studio, everything())
        rows = self.rows(export("ledger"))
        calls = [each.event for each in studio.local.chats.log("c1") if isinstance(each.event, ModelCalled)]
        assert [row["purpose"] for row in rows] == [call.purpose for call in calls]
        spent = studio.local.chats.state("c1").spent_in_all
        assert sum(float(row["cost_usd"]) for row in rows) == pytest.approx(spent.cost_usd)
        assert sum(int(row["input_uncached"]) + int(row["output"]) for row in rows) == spent.n_tokens

    def test_the_calls_of_its_teams_are_among_them(self, studio: Studio, export: Export):
        with_a_team(studio)
        rows = self.rows(export("ledger"))
        assert {row["chat"] for row in rows} == {"c1-1"}
        assert sum(float(row["cost_usd"]) for row in rows) == studio.local.chats.state("c1").spent_in_all.cost_usd

    def test_an_unknown_price_is_an_empty_cell_and_no_formula_runs(self, studio: Studio, export: Export):
        call = next(event for event in everything() if isinstance(event, ModelCalled))
        price = call.price.model_copy(update={"cost_usd": None, "source": "unknown"})
        put(studio, [*everything()[:3], call.model_copy(update={"price": price, "model": "=1+1"})])
        (row,) = self.rows(export("ledger"))
        assert (row["cost_usd"], row["model"]) == ("", "'=1+1")


class TestTrainingExamples:
    def test_an_agent_says_what_reviewers_made_of_its_replies(self, studio: Studio, export: Export):
        put(studio, everything())
        (example,) = lines(export("finetune"))
        messages = example["messages"]
        assert [message["role"] for message in messages] == [
            "system", "user", "assistant", "tool", "assistant", "user", "assistant",
        ]  # fmt: skip
        assert messages[0]["content"] == "You write letters."
        assert messages[4] == {"role": "assistant", "content": EDITED}
        assert DRAFT not in json.dumps(messages)
        assert "Nonsense." not in json.dumps(messages)

    def test_a_call_has_the_arguments_it_ran_with_and_its_result(self, studio: Studio, export: Export):
        put(studio, everything())
        (example,) = lines(export("finetune"))
        (call,) = example["messages"][2]["tool_calls"]
        assert json.loads(call["function"]["arguments"]) == CALL_EDITED
        assert example["messages"][3] == {"role": "tool", "tool_call_id": call["id"], "content": "sent "}
        (tool,) = example["tools"]
        assert tool["function"]["name"] == "send_mail"
        assert tool["function"]["parameters"]["properties"] == {"to": {"type": "string"}, "text": {"type": "string"}}

    def test_a_chat_in_which_no_model_spoke_has_none(self, studio: Studio, export: Export):
        put(studio, everything()[:2])
        assert export("finetune") == b""

    def test_an_edit_is_preferred_to_what_it_replaced(self, studio: Studio, export: Export):
        put(studio, everything())
        (pair,) = lines(export("preferences"))
        assert pair["preferred_output"] == [{"role": "assistant", "content": EDITED}]
        assert pair["non_preferred_output"] == [{"role": "assistant", "content": DRAFT}]
        assert [message["role"] for message in pair["input"]["messages"]] == ["system", "user", "assistant", "tool"]

    def test_where_nobody_edited_a_reply_there_are_no_pairs_to_choose(self, studio: Studio, export: Export):
        put(studio, everything()[:8])
        assert "preferences" not in {each.name for each in studio.local.exports.formats("c1")}
        with pytest.raises(UsageError, match="Nobody edited a reply"):
            export("preferences")


class TestUnfinishedChats:
    @pytest.mark.parametrize("form", [form for form in EXPORTS if form not in ("finetune", "preferences")])
    @pytest.mark.parametrize("n_events", [2, 3, 5, 8, 11, 15])
    def test_a_chat_is_written_wherever_it_stands(self, studio: Studio, export: Export, form: str, n_events: int):
        put(studio, everything()[:n_events])
        assert len(export(form)) > 100
