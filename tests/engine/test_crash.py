"""Nothing is lost and nothing is asked twice, wherever a leg is cut."""

from typing import Any

import pytest

from tests.support.legs import begin, facts, four, kinds, messages, play, replies, skips
from tests.support.scripted_server import ScriptedServer

SELECTIONS = {
    "round_robin": "{method: round_robin}",
    "auto": "{method: auto}",
    "manual": "{method: manual}",
    "transitions": "{method: auto, transitions: {user: [PM], PM: [Dev, user], Dev: [QA, PM], QA: [Dev, user, PM]}}",
    "no repeats": "{method: auto, allow_repeat: false}",
}


class TestALegCutAfterEveryEvent:
    @pytest.mark.parametrize("selection", SELECTIONS.values(), ids=SELECTIONS.keys())
    @pytest.mark.parametrize("answer", [replies, skips])
    def test_ends_with_the_transcript_and_the_prompts_of_an_uninterrupted_run(
        self, selection: str, answer: Any, model: Any, server: ScriptedServer
    ) -> None:
        if answer is skips and "manual" in selection:
            answer = replies  # choosing the next speaker cannot be skipped
        team = four(selection)
        whole = play(begin(team), model, answer)
        asked = [record.messages for record in server.records]
        server.records.clear()
        cut = play(begin(team), model, answer, cut_after_each_event=True)
        assert messages(cut) == messages(whole)
        assert facts(cut) == facts(whole)
        assert [record.messages for record in server.records] == asked
        assert kinds(whole)[-1] == "ChatEnded"
        assert kinds(whole).count("MessagePosted") == 12

    def test_keeps_a_selection_that_needed_several_attempts(self, model: Any, server: ScriptedServer) -> None:
        def select(request: Any) -> str | None:
            n_asked = sum(message.get("name") == "checking_agent" for message in request.messages)
            return "nobody in particular" if n_asked < 3 else None

        server.script(select, of="select")
        team = four("{method: auto}", mode="NEVER", max_rounds=6)
        log = play(begin(team), model, replies, cut_after_each_event=True)
        n_selections = sum(record.is_selection for record in server.records)
        assert n_selections == 3 * (kinds(log).count("SpeakerSelected"))
        assert len(server.records) == kinds(log).count("ModelCalled")
