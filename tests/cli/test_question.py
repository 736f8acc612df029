"""A question of an agent on the command line: its form is printed, filled in by name, and told in the audit."""

import json
from pathlib import Path

import pytest

from tests.cli.test_deciding import commands
from tests.support.command_line import CommandLine, Done, at, team
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import calling

FORM = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "title": "City", "description": "Where to stay"},
        "days": {"type": "integer", "title": "Days"},
        "extras": {"type": "array", "title": "Extras", "items": {"enum": ["wifi", "desk"]}},
    },
    "required": ["city"],
}


@pytest.fixture
def asked(agents: CommandLine, server: ScriptedServer, tmp_path: Path) -> Done:
    members = [{"name": "Boss", "role": "executor"}, {"name": "Clerk", "tools": ["ask_person"]}]
    server.script([calling(("ask_person", {"question": "Which \x1b[31mhotel?", "form": FORM})), "Booked. TERMINATE"])
    done = agents("run", team(tmp_path, "askers", agents=members), "--task", "Book", *at(server))
    assert done.code == 3, done.err
    return done


def test_it_is_printed_with_its_form_and_a_command_for_each_answer(asked: Done):
    assert "Clerk asks: Which \\x1b[31mhotel?" in asked.out
    assert "Waiting for your answer to a question of Clerk" in asked.out
    assert 'city = "City · Where to stay"' in asked.out
    assert [words[2] for words in commands(asked)] == ["--value", "--reject", "--skip", "--end"]
    assert commands(asked)[0][2:8] == ["--value", "city=TEXT", "--value", "days=NUMBER", "--value", "extras=wifi,desk"]


def test_the_values_typed_are_the_tools_result_and_stand_in_the_audit(
    agents: CommandLine, asked: Done, server: ScriptedServer
):
    values = ["--value", "city=Bonn", "--value", "days=2", "--value", "extras=wifi,desk"]
    done = agents("answer", asked.chat, *values, "--as", "Ann")
    assert done.code == 0, done.err
    assert "City: Bonn; Days: 2; Extras: wifi, desk" in done.out
    (result,) = [message["content"] for message in server.records[-1].messages if message["role"] == "tool"]
    assert json.loads(result) == {"city": "Bonn", "days": 2, "extras": ["wifi", "desk"]}
    (row,) = agents("audit", "--chat", asked.chat, "--json").events
    assert (row["kind"], row["tool"], row["who"]) == ("question", "ask_person", "Ann")
    assert row["answer"] == "City: Bonn; Days: 2; Extras: wifi, desk"
    assert "Bonn" in agents("audit", "--csv").out


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--value", "days=2"], "“City” is missing"),
        (["--value", "city=Bonn", "--value", "days=two"], "“Days” must be a whole number"),
        (["--value", "city=Bonn", "--value", "extras=pool"], "“Extras” takes only wifi, desk"),
        (["--value", "town=Bonn"], "There is no field 'town'; there are city, days, extras"),
        (["--text", "Bonn"], "must be a JSON object"),
    ],
)
def test_a_value_that_does_not_fit_is_told_in_a_line_and_the_question_stays(
    agents: CommandLine, asked: Done, typed: list[str], said: str
):
    done = agents("answer", asked.chat, *typed)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert said in done.err
    assert [event["kind"] for event in agents("requests", "--kind", "question", "--json").events] == ["question"]
