"""Teams in teams: a member that is a team works in a chat of its own, as AutoGen's nested and sequential chats do."""

import warnings
from typing import Any

import pytest

from agents.chats import (
    ChatContinued,
    ChatEnded,
    MessagePosted,
    ModelCalled,
    PauseAsked,
    Person,
    Spend,
    SubchatReturned,
    SubchatStarted,
    fold,
)
from agents.chats.subchats import FAILED, STOPPED
from agents.errors import SpecError
from agents.specs import TeamSpec, load_team
from tests.support.legs import Log, facts, kinds, messages, nobody
from tests.support.nested_legs import TOP, Tree, deep, nested, pipeline
from tests.support.scripted_server import ScriptedServer


def prompts(server: ScriptedServer) -> list[Any]:
    return [record.messages for record in server.records]


class Stock:
    """The same teams in AutoGen's own hands."""

    def __init__(self, server: ScriptedServer):
        self._llm = {
            "config_list": [{"model": "scripted", "api_key": "k", "base_url": server.base_url, "price": [0, 0]}]
        }

    def proxy(self, name: str) -> Any:
        from autogen import UserProxyAgent

        proxy = UserProxyAgent(name, human_input_mode="NEVER", code_execution_config=False)
        proxy.description = f"{name} (human)."
        return proxy

    def assistant(self, name: str, prompt: str) -> Any:
        from autogen import AssistantAgent

        return AssistantAgent(name, prompt, self._llm)

    def manager(self, agents: list[Any], max_rounds: int) -> Any:
        from autogen import GroupChat, GroupChatManager

        chat = GroupChat(agents, [], max_round=max_rounds, speaker_selection_method="round_robin")
        return GroupChatManager(chat, llm_config=self._llm, is_termination_msg=lambda message: False)

    def pair(self, *members: str, max_rounds: int) -> tuple[Any, Any]:
        """(who gives the task, the manager) of a team of two."""
        chief, (writer, editor) = self.proxy("chief"), members
        agents = [chief, self.assistant(writer, "You write."), self.assistant(editor, "You edit.")]
        return chief, self.manager(agents, max_rounds)


@pytest.fixture
def stock(server: ScriptedServer) -> Any:
    from autogen.io import IOStream

    from agents.engine.group_chat import Silent

    with warnings.catch_warnings(), IOStream.set_default(Silent()):
        warnings.simplefilter("ignore")  # AutoGen's own, about prices and speakers
        yield Stock(server)


class TestANestedChat:
    def test_has_the_prompts_and_the_result_of_autogens_own(
        self, stock: Stock, model: Any, server: ScriptedServer
    ) -> None:
        from autogen import ConversableAgent

        chief, inner = stock.pair("Writer", "Editor", max_rounds=3)
        studio = ConversableAgent("Studio", llm_config=False, human_input_mode="NEVER", description="The studio.")
        user = stock.proxy("user")
        outer = stock.manager([user, stock.assistant("Planner", "You plan."), studio], 6)
        studio.register_nested_chats(
            [{"sender": chief, "recipient": inner, "summary_method": "last_msg", "silent": True}],
            trigger=lambda sender: sender is outer,
        )
        user.initiate_chat(outer, message="Build it.", silent=True)
        expected, said = prompts(server), [message["content"] for message in outer.groupchat.messages]
        server.records.clear()
        tree = Tree(nested(max_rounds=6)).play(model, nobody)
        assert prompts(server) == expected
        assert [text for _, text in messages(tree.log())] == said
        assert len(expected) >= 5

    def test_reads_the_last_message_and_its_result_is_the_members_message(self, model: Any) -> None:
        tree = Tree(nested()).play(model, nobody)
        (_, _), (_, plan), (studio, result), _ = messages(tree.log())
        inner = tree.log("c-2")
        assert messages(inner)[0] == ("chief", plan)
        assert (studio, result) == ("Studio", messages(inner)[-1][1])
        posted = [each.event for each in tree.log() if isinstance(each.event, MessagePosted)]
        assert posted[2].source == "team"

    def test_says_whose_part_it_is_by_whom_it_was_started(self, model: Any) -> None:
        tree = Tree(nested()).play(model, nobody)
        started = tree.state("c-2").started
        assert (started.parent.chat, started.parent.turn, started.parent.agent) == (TOP, 2, "Studio")
        assert started.by == Person()

    def test_has_its_closing_phrase_taken_off_the_result(self, model: Any, server: ScriptedServer) -> None:
        def closes(request: Any) -> str | None:
            return "Here it is. TERMINATE" if request.messages[0]["content"] == "You write." else None

        server.script(closes)
        tree = Tree(nested()).play(model, nobody)
        assert tree.state("c-2").ended.reason == "phrase"
        assert messages(tree.log())[2] == ("Studio", "Here it is.")

    @pytest.mark.parametrize("more", ["", "step_mode: true"])
    def test_cut_after_every_event_at_each_level_equals_the_uninterrupted_one(
        self, more: str, model: Any, server: ScriptedServer
    ) -> None:
        def approves(request: Any) -> dict[str, Any]:
            return {"verdict": "approve"}

        whole = Tree(nested(max_rounds=7, more=more)).play(model, approves)
        asked = prompts(server)
        server.records.clear()
        cut = Tree(nested(max_rounds=7, more=more)).play(model, approves, cut_after_each_event=True)
        assert cut.logs.keys() == whole.logs.keys() == {TOP, "c-2", "c-5"}
        for chat in whole.logs:
            assert facts_of_the_tree(cut, chat) == facts_of_the_tree(whole, chat)
        assert prompts(server) == asked


def facts_of_the_tree(tree: Tree, chat: str) -> list[Any]:
    """The chat's facts, without the seconds that its teams took."""
    return [
        fact.model_copy(update={"work_s": 0.0, "spend": timeless(fact.spend)})
        if isinstance(fact, SubchatReturned)
        else fact
        for fact in facts(tree.log(chat))
    ]


def timeless(spend: Spend) -> Spend:
    return spend - Spend(duration_s=spend.duration_s)


class TestTeamsInTeamsInTeams:
    def test_each_works_in_a_chat_below_that_of_the_one_it_is_in(self, model: Any, server: ScriptedServer) -> None:
        whole = Tree(deep()).play(model, nobody)
        cut = Tree(deep()).play(model, nobody, cut_after_each_event=True)
        assert list(whole.logs) == ["c", "c-1", "c-1-1"]
        assert {messages(log)[-1][1] for log in whole.logs.values()} == {messages(whole.log("c-1-1"))[-1][1]}
        assert {chat: kinds(cut.log(chat)) for chat in cut.logs} == {
            chat: kinds(whole.log(chat)) for chat in whole.logs
        }
        assert len(server.records) == 4
        assert whole.state().spent_in_all.n_calls == whole.state().spent_by_teams.n_calls == 2


class TestAPipeline:
    def test_has_the_prompts_of_autogens_sequential_chats(
        self, stock: Stock, model: Any, server: ScriptedServer
    ) -> None:
        from autogen import initiate_chats

        queue = []
        for name in ("First", "Second", "Third"):
            chief, manager = stock.pair(f"{name}Writer", f"{name}Editor", max_rounds=3)
            chat = {"sender": chief, "recipient": manager, "message": "Build it.", "summary_method": "last_msg"}
            queue.append({**chat, "silent": True})
        finished = initiate_chats(queue)
        expected = prompts(server)
        server.records.clear()
        tree = Tree(pipeline()).play(model, nobody)
        assert prompts(server) == expected
        assert [text for _, text in messages(tree.log())[1:]] == [chat.summary for chat in finished]
        assert len(expected) == 6

    def test_ends_after_its_last_team(self, model: Any) -> None:
        tree = Tree(pipeline()).play(model, nobody)
        ended = tree.state().ended
        assert (ended.reason, ended.text) == ("after_last", "Third was the last to speak.")
        assert [agent for agent, _ in messages(tree.log())] == ["user", "First", "Second", "Third"]

    def test_goes_round_again_when_a_person_continues_it(self, model: Any) -> None:
        tree = Tree(pipeline()).play(model, nobody)
        more = MessagePosted(turn=4, agent="user", content="Once more.", source="human", by=Person())
        tree.write(TOP, ChatContinued(by=Person()), more)
        tree.play(model, nobody)
        assert [agent for agent, _ in messages(tree.log())[4:]] == ["user", "First", "Second", "Third"]
        results = [text for _, text in messages(tree.log())[1:4]]
        assert tree.state("c-5").started.task == "\n".join(["Once more.", "Context: ", *results])

    def test_waits_at_a_gate_between_where_a_person_edits_what_is_carried_over(self, model: Any) -> None:
        def edits(request: Any) -> dict[str, Any]:
            return {"verdict": "edit", "edit": {"content": "What the person made of it."}}

        tree = Tree(pipeline(gate=True)).play(model, edits, cut_after_each_event=True)
        assert tree.state("c-2").started.task == "Build it.\nContext: \nWhat the person made of it."

    def test_lets_a_rejected_team_work_again_and_tells_it_why(self, model: Any) -> None:
        asked = []

        def rejects_once(request: Any) -> dict[str, Any]:
            asked.append(request)
            return {"verdict": "approve"} if len(asked) > 1 else {"verdict": "reject", "text": "Too long"}

        tree = Tree(pipeline(gate=True)).play(model, rejects_once, cut_after_each_event=True)
        first, again = tree.state("c-1"), tree.state("c-1r1")
        assert again.started.task.startswith("Build it.\n\nYour result before was:\n" + first.messages[-1].content)
        assert "The reviewer rejected this message: Too long." in again.started.task
        assert tree.state().messages[1].content == again.messages[-1].content
        assert tree.state().spent_in_all.n_calls == 8

    def test_ends_at_the_gate_when_a_person_says_so(self, model: Any) -> None:
        tree = Tree(pipeline(gate=True)).play(model, lambda request: {"verdict": "end"})
        assert tree.state().ended.reason == "person"
        assert list(tree.logs) == [TOP, "c-1"]

    def test_gives_a_team_its_own_message_in_place_of_the_task(self, model: Any) -> None:
        told = pipeline().model_dump()
        told["agents"][2]["prompt"] = "Translate it."
        tree = Tree(TeamSpec.model_validate(told)).play(model, nobody)
        first = tree.state().messages[1].content
        assert tree.state("c-2").started.task == f"Translate it.\nContext: \n{first}"


def calls(*logs: Log) -> list[ModelCalled]:
    return [each.event for log in logs for each in log if isinstance(each.event, ModelCalled)]


def cost(call: ModelCalled) -> float:
    return call.price.cost_usd or 0.0


class TestLimits:
    def test_of_a_team_are_its_own_inside_what_is_left_of_the_parents(self, model: Any) -> None:
        tree = Tree(nested(max_rounds=3, limits=", max_tokens: 100000")).play(model, nobody)
        before = tree.state("c-2").started
        used = Spend.of(calls(tree.log())[0]).n_tokens
        assert before.spec.limits.max_tokens == 100_000 - used
        assert before.spec.limits.max_cost_usd is None
        assert before.spec.limits.max_rounds == 3

    def test_of_a_chat_that_asks_nobody_keep_its_teams_from_asking_too(self, model: Any) -> None:
        told = nested(limits=", max_tokens: 100000").model_dump()
        told["agents"][2]["team"]["limits"]["when_reached"] = "ask"
        tree = Tree(TeamSpec.model_validate(told)).play(model, nobody)
        assert tree.state("c-2").started.spec.limits.when_reached == "end"

    def test_are_one_budget_through_the_tree(self, priced_model: Any) -> None:
        free = Tree(nested(max_rounds=30, inner_rounds=30)).play(priced_model, nobody)
        budget = free.state().spent_in_all.cost_usd / 3
        tree = Tree(nested(max_rounds=30, inner_rounds=30, limits=f", max_cost_usd: {budget}"))
        tree.play(priced_model, nobody)
        dearest = max(cost(call) for call in calls(*tree.logs.values()))
        spent = tree.state().spent_in_all
        assert tree.state().ended.reason == "max_cost"
        assert budget <= spent.cost_usd <= budget + dearest
        of_calls = calls(*tree.logs.values())
        assert spent.n_calls == len(of_calls)
        assert spent.cost_usd == pytest.approx(sum(map(cost, of_calls)))

    def test_of_the_parent_count_what_its_teams_used_once(self, priced_model: Any) -> None:
        tree = Tree(nested(max_rounds=7)).play(priced_model, nobody)
        own = sum(map(cost, calls(tree.log())))
        below = sum(tree.state(chat).spent_in_all.cost_usd for chat in tree.logs if chat != TOP)
        assert tree.state().spent_in_all.cost_usd == pytest.approx(own + below)
        assert tree.state().spent_by_teams.cost_usd == pytest.approx(below)


class TestATeamThatBringsNoResult:
    def test_tells_the_parent_that_it_was_stopped_and_the_parent_goes_on(self, model: Any) -> None:
        tree = Tree(nested())
        waiting_inside(tree, model)
        tree.stop("c-2")
        tree.play(model, nobody)
        assert messages(tree.log())[2] == ("Studio", STOPPED)
        assert tree.state().ended.reason == "max_rounds"

    def test_tells_the_parent_that_an_error_ended_it(self, model: Any) -> None:
        tree = Tree(nested())
        waiting_inside(tree, model)
        tree.write("c-2", ChatEnded(reason="defect", text="An error."))
        tree.play(model, nobody)
        assert messages(tree.log())[2] == ("Studio", FAILED)

    def test_passes_on_a_pause_that_came_too_late_for_it(self, model: Any) -> None:
        tree = Tree(nested())
        waiting_inside(tree, model)
        tree.write("c-2", PauseAsked(by=Person()))
        tree.write("c-2", ChatEnded(reason="max_rounds", text="The limit is reached."))
        assert tree.state().pause is not None
        tree.play(model, nobody)
        assert tree.state().request.of == "pause"


def waiting_inside(tree: Tree, model: Any) -> None:
    """Play the tree until its team has begun."""
    state = tree.state()
    while state.subchat is None:
        tree._leg(TOP, state, model, None, is_cut=False)
        state = tree.state()
    assert isinstance(tree.log()[-1].event, SubchatStarted)


class TestATeamOfTeams:
    def test_is_refused_when_it_goes_too_deep(self) -> None:
        team: dict[str, Any] = {"name": "T", "agents": [{"name": "a"}, {"name": "b"}]}
        for _ in range(3):
            team = {"name": "T", "agents": [{"name": "a"}, {"name": "t", "role": "team", "team": team}]}
        with pytest.raises(SpecError, match="Teams in teams go 4 deep here; at most 3 are allowed"):
            load_team(str(team))

    def test_is_refused_when_it_has_too_many_members_together(self) -> None:
        large = {"name": "L", "agents": [{"name": f"a{n}"} for n in range(50)]}
        agents = [{"name": f"t{n}", "role": "team", "team": large} for n in range(4)]
        with pytest.raises(SpecError, match="have 204 members together; at most 200 are allowed"):
            load_team(str({"name": "T", "agents": agents}))

    def test_names_the_field_of_a_team_inside_that_is_wrong(self) -> None:
        wrong = {"name": "L", "agents": [{"name": "a"}, {"name": "b", "temperature": 9}]}
        with pytest.raises(SpecError, match=r"agents\.2\.team\.agents\.2\.temperature: Found 9"):
            load_team(str({"name": "T", "agents": [{"name": "a"}, {"name": "t", "role": "team", "team": wrong}]}))

    def test_has_lists_and_texts_inside_as_long_as_they_may_be(self) -> None:
        wrong = {"name": "L", "tags": ["x"] * 51, "agents": [{"name": "a"}, {"name": "b"}]}
        with pytest.raises(SpecError, match=r"agents\.1\.team\.tags: It has 51 entries"):
            load_team(str({"name": "T", "agents": [{"name": "t", "role": "team", "team": wrong}, {"name": "a"}]}))

    def test_folds_the_same_in_two_parts(self, model: Any) -> None:
        log = Tree(nested()).play(model, nobody).log()
        assert all(fold(log[n:], fold(log[:n])) == fold(log) for n in range(len(log)))
