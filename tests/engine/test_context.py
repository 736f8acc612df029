"""A chat never ends because it grew long: its prompts are kept inside the window of the model, and that is said."""

from collections.abc import Iterator
from typing import Any

import pytest

from agents.chats import ContextSummarised, ContextTrimmed, ModelCalled, fold
from agents.engine import Streamed, leg_events
from agents.engine.prompt import RESULT_LEFT_OUT
from agents.models import ModelClient
from agents.specs import ConnectionSpec, TeamSpec
from agents.text.context import window_line
from tests.support.legs import (
    Log,
    ScriptedConnections,
    begin,
    extended,
    facts,
    four,
    kinds,
    last,
    long,
    messages,
    play,
    replies,
)
from tests.support.model_calls import NoModel
from tests.support.scripted_replies import Reply, Request, n_words
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import Traces, approves, calling, pair_with_tools

FORTY_WORDS = " ".join(f"word{n}" for n in range(40))


class SmallWindow:
    """A server whose model reads so many tokens; every word counts as one."""

    def __init__(self, server: ScriptedServer, n_tokens: int, *, is_named: bool = True):
        self.server, self.n_tokens, self.is_named = server, n_tokens, is_named
        for of in ("reply", "select"):
            server.script(self.answer, of=of)

    def answer(self, request: Request) -> Reply | None:
        n = size(request.messages)
        if n > self.n_tokens:
            named = f" This model's maximum context length is {self.n_tokens} tokens; you sent {n}."
            error = {"code": "context_length_exceeded", "message": f"Too long.{named if self.is_named else ''}"}
            return Reply(None, 400, {"error": error})
        if request.messages[0]["content"].startswith("You keep the notes"):
            return Reply(f"Notes {request.prompt_hash[:6]} on {n} words.")
        return None if request.is_selection else Reply(f"{request.prompt_hash[:6]} {FORTY_WORDS}", words_a_piece=20)

    @property
    def accepted(self) -> list[list[dict[str, Any]]]:
        """The prompts that were answered, in order."""
        return [record.messages for record in self.server.records if size(record.messages) <= self.n_tokens]

    @property
    def n_refused(self) -> int:
        return len(self.server.records) - len(self.accepted)


def size(prompt: list[dict[str, Any]]) -> int:
    return sum(n_words(message["content"]) for message in prompt)


def team(
    method: str = "fit", *, selection: str = "round_robin", n_messages: int = 5, max_rounds: int = 500
) -> TeamSpec:
    made = four(f"{{method: {selection}}}", mode="NEVER", max_rounds=max_rounds)
    context = made.context.model_copy(update={"method": method, "n_messages": n_messages})
    members = [agent for agent in made.agents if agent.has_model or selection == "auto"]
    return TeamSpec.model_validate({**made.model_dump(), "context": context.model_dump(), "agents": members})


@pytest.fixture
def other_model(server: ScriptedServer) -> Iterator[ModelClient]:
    """A client that must learn anew what `model` has learned."""
    client = ModelClient(ScriptedConnections(server.base_url), environ={}, embedded=NoModel())
    yield client
    client.close()


class Stated(ScriptedConnections):
    """A connection whose person says how much its model reads."""

    n_tokens = 4_096

    def get(self, name: str) -> ConnectionSpec | None:
        connection = super().get(name)
        assert connection is not None
        return connection.model_copy(update={"context_window": self.n_tokens})


@pytest.fixture
def stated(server: ScriptedServer) -> Iterator[ModelClient]:
    client = ModelClient(Stated(server.base_url), environ={}, embedded=NoModel())
    yield client
    client.close()


def trims(log: Log) -> list[ContextTrimmed]:
    return [recorded.event for recorded in log if isinstance(recorded.event, ContextTrimmed)]


def summary_calls(log: Log) -> list[ModelCalled]:
    calls = (recorded.event for recorded in log if isinstance(recorded.event, ModelCalled))
    return [call for call in calls if call.purpose == "summarise" and call.outcome == "ok"]


class TestALongChat:
    def test_of_500_messages_never_fails_for_its_length(self, model: Any, server: ScriptedServer) -> None:
        window = SmallWindow(server, 4_096)
        log = play(begin(team()), model, replies, max_events=5_000)
        assert (last(log).reason, len(messages(log))) == ("max_rounds", 500)
        assert "DecisionRequested" not in kinds(log)
        assert 1 <= window.n_refused <= 4  # it is learned from the first refusal
        assert all(prompt[0]["role"] == "system" and prompt[1]["content"] == "Build it." for prompt in window.accepted)
        assert max(map(size, window.accepted)) > 3_000  # what fits is sent
        left_out = [event.n_messages for event in trims(log)]
        assert 3 <= len(left_out) < 60  # a line now and then, not at each turn
        assert all("left out here" in prompt[2]["content"] for prompt in window.accepted[-20:])

    def test_is_never_refused_where_the_window_is_known(self, stated: Any, server: ScriptedServer) -> None:
        window = SmallWindow(server, 4_096)
        log = play(long(team(max_rounds=320), 300, FORTY_WORDS), stated, replies)
        assert window.n_refused == 0
        assert (last(log).reason, len(messages(log))) == ("max_rounds", 320)
        assert {event.context_window for event in trims(log)} == {4_096}

    def test_goes_on_where_the_refusal_names_no_number(self, model: Any, server: ScriptedServer) -> None:
        window = SmallWindow(server, 1_000, is_named=False)
        log = play(long(team(max_rounds=110), 100, FORTY_WORDS), model, replies)
        assert last(log).reason == "max_rounds"
        assert 1 <= window.n_refused <= 12

    def test_asks_a_person_when_not_even_the_task_fits(self, model: Any, server: ScriptedServer) -> None:
        SmallWindow(server, 5)
        log = play(begin(team()), model, lambda request: None)
        assert last(log).asked.outcome == "too_long"
        assert "one that reads more at once" in last(log).question

    def test_with_a_task_longer_than_the_window_reads_its_beginning_and_end(
        self, model: Any, server: ScriptedServer
    ) -> None:
        window = SmallWindow(server, 1_000)
        task = f"FIRST {' '.join(['middle'] * 3_000)} LAST"
        log = play(begin(team(max_rounds=12), task), model, replies)
        assert last(log).reason == "max_rounds"
        for prompt in window.accepted:
            assert prompt[1]["content"].startswith("FIRST")
            assert prompt[1]["content"].endswith("LAST")
        assert len(trims(log)) <= 8


@pytest.mark.parametrize("selection", ["round_robin", "auto"])
@pytest.mark.parametrize("method", ["fit", "last", "summary"])
class TestALegCutAfterEveryEvent:
    def test_sends_the_prompts_of_an_uninterrupted_run(
        self, method: str, selection: str, model: Any, other_model: Any, server: ScriptedServer
    ) -> None:
        window = SmallWindow(server, 700)
        chosen = team(method, selection=selection, max_rounds=46)
        whole = play(long(chosen, 30, FORTY_WORDS), model, replies)
        prompts = window.accepted
        server.records.clear()
        cut = play(long(chosen, 30, FORTY_WORDS), other_model, replies, cut_after_each_event=True)
        assert facts(cut) == facts(whole)
        assert window.accepted == prompts
        assert last(whole).reason == "max_rounds"
        assert {"fit": "ContextTrimmed", "last": "ContextTrimmed", "summary": "ContextSummarised"}[method] in kinds(
            whole
        )


@pytest.mark.long
@pytest.mark.parametrize("method", ["fit", "last", "summary"])
class TestAChatOf500MessagesCutAfterEveryEvent:
    def test_sends_the_prompts_of_an_uninterrupted_run(
        self, method: str, model: Any, other_model: Any, server: ScriptedServer
    ) -> None:
        window = SmallWindow(server, 4_096)
        whole = play(begin(team(method)), model, replies, max_events=5_000)
        prompts, n_refused = window.accepted, window.n_refused
        server.records.clear()
        cut = begin(team(method))
        state = fold(cut)
        while state.status == "running":
            leg = leg_events(state, other_model)
            item = next(item for item in leg if not isinstance(item, Streamed))
            leg.close()
            cut = extended(cut, *(item if isinstance(item, tuple) else (item,)))
            state = fold(cut[state.head :], state)  # folding all of it anew takes longer than all the rest
        assert facts(cut) == facts(whole)
        assert (window.accepted, window.n_refused) == (prompts, n_refused)
        assert (last(whole).reason, len(messages(whole))) == ("max_rounds", 500)
        assert len(whole) > 1_500


class TestTheTeamsChoice:
    def test_of_the_last_messages_is_said_once_for_each_member(self, model: Any, server: ScriptedServer) -> None:
        log = play(begin(team("last", n_messages=5, max_rounds=30)), model, replies)
        assert {(event.agent, event.why) for event in trims(log)} == {(name, "choice") for name in ("PM", "Dev", "QA")}
        assert len(trims(log)) == 3
        texts = [text for _, text in messages(log)]
        last_prompt = [message["content"] for message in server.records[-1].messages]
        assert last_prompt[1:] == ["Build it.", "[23 messages left out here.]", *texts[24:29]]

    def test_of_a_summary_sends_it_to_everybody_and_says_what_it_cost(
        self, priced_model: Any, server: ScriptedServer
    ) -> None:
        window = SmallWindow(server, 700)
        log = play(long(team("summary", max_rounds=60), 30, FORTY_WORDS), priced_model, replies)
        made = [recorded.event for recorded in log if isinstance(recorded.event, ContextSummarised)]
        calls = summary_calls(log)
        assert len(made) == len(calls) >= 2
        assert [event.n_messages for event in made] == sorted({event.n_messages for event in made})
        assert all(event.price == call.price and event.price.cost_usd for event, call in zip(made, calls, strict=True))
        assert all(event.text == call.reply for event, call in zip(made, calls, strict=True))
        assert made[-1].text in window.accepted[-1][2]["content"]
        asked = [prompt[1]["content"] for prompt in window.accepted if "keep the notes" in prompt[0]["content"]]
        assert made[0].text in asked[1]
        assert "The task:\nBuild it." in asked[1]
        assert fold(log).spent_in_all.n_calls == kinds(log).count("ModelCalled")

    def test_of_a_summary_writes_the_call_and_the_messages_that_it_read_together(
        self, model: Any, server: ScriptedServer
    ) -> None:
        SmallWindow(server, 700)
        items = leg_events(fold(long(team("summary", max_rounds=60), 30, FORTY_WORDS)), model)
        together = [item for item in items if isinstance(item, tuple) and isinstance(item[-1], ContextSummarised)]
        assert together
        assert all(isinstance(item[-2], ModelCalled) and item[-2].purpose == "summarise" for item in together)

    def test_of_a_summary_becomes_trimming_when_the_call_for_it_fails(self, model: Any, server: ScriptedServer) -> None:
        window = SmallWindow(server, 700)

        def answer(request: Request) -> Reply | str | None:
            is_summary = request.messages[0]["content"].startswith("You keep the notes")
            return "fault-400" if is_summary else window.answer(request)

        server.script(answer)
        log = play(long(team("summary", max_rounds=40), 30, FORTY_WORDS), model, replies)
        assert last(log).reason == "max_rounds"
        assert {event.why for event in trims(log)} == {"no_summary"}

    def test_counts_how_full_each_window_is(self, stated: Any, server: ScriptedServer) -> None:
        window = SmallWindow(server, 4_096)
        chosen = team(max_rounds=304)
        state = fold(play(long(chosen, 300, FORTY_WORDS), stated, replies))
        agent = state.messages[-1].agent
        n_input = size(window.accepted[-1])
        assert window_line(state, chosen, agent).startswith(f"{n_input:,} of 4,096 tokens · reads the task and ")
        assert state.contexts[agent].fullness == n_input / 4_096


class TestATurnWithManyToolCalls:
    def test_keeps_each_call_with_its_result_and_leaves_old_results_out(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        window = SmallWindow(server, 400)
        n_calls = 12

        def answer(request: Request) -> Reply | str | None:
            if (refused := window.answer(request)) is not None and refused.status != 200:
                return refused
            n_done = sum(message["role"] == "tool" for message in request.messages)
            if n_done >= n_calls:
                return "Done."
            return calling(("look_up", {"word": f"{n_done} {FORTY_WORDS}"}))

        server.script(answer)
        log = play(begin(pair_with_tools()), model, approves, tools=tools)
        prompt = window.accepted[-1]
        assert [message["role"] for message in prompt[-2 * n_calls :]] == ["assistant", "tool"] * n_calls
        results = [message["content"] for message in prompt if message["role"] == "tool"]
        assert results[0] == RESULT_LEFT_OUT
        assert results[-1] != RESULT_LEFT_OUT
        assert max(event.n_results for event in trims(log)) >= 5
        assert messages(log)[-1] == ("Dev", "Done.")
