"""The ready teams: complete, sound, and as the lesson has them."""

import pytest

from agents.specs import dump_team, load_team
from agents.specs.gallery import GalleryTeam, gallery
from agents.specs.team_warnings import warnings
from agents.tools.builtin.basics import BUILT_IN

TEAMS = {team.name: team.spec for team in gallery()}
LESSONS = ["product-team", "coder-and-executor", "data-analysts", "support-desk", "writer-and-critic"]
OTHERS = [
    "code-review", "research", "incident-analysis", "contract-review", "meeting-notes", "translation",
    "test-case-writer", "interview-practice", "debate", "onboarding-tutor",
]  # fmt: skip


class TestGallery:
    def test_the_lessons_five_teams_come_first_then_ten_more(self):
        assert list(TEAMS) == [*LESSONS, *OTHERS]

    def test_a_caller_who_changes_the_list_changes_it_for_nobody_else(self):
        gallery().clear()
        assert len(gallery()) == len(TEAMS)

    @pytest.mark.parametrize("team", gallery(), ids=lambda team: team.name)
    @pytest.mark.parametrize("form", ["yaml", "json"])
    def test_a_team_written_out_reads_back_equal(self, team: GalleryTeam, form):
        assert load_team(dump_team(team.spec, form)) == team.spec

    @pytest.mark.parametrize("team", gallery(), ids=lambda team: team.name)
    def test_every_team_is_ready_to_show_and_to_start(self, team: GalleryTeam):
        assert 0 < len(team.spec.description) <= 180, "a card shows all of it"
        assert team.spec.example_tasks
        assert team.spec.tags
        assert team.spec.connection == "default"
        assert all(agent.display_name and agent.description for agent in team.spec.agents)
        assert not any(agent.emoji for agent in team.spec.agents)  # letters look alike on every machine

    @pytest.mark.parametrize("team", gallery(), ids=lambda team: team.name)
    def test_no_team_has_a_weak_spot(self, team: GalleryTeam):
        tools = [tool.__name__ for tool in BUILT_IN]
        assert [warning.text for warning in warnings(team.spec, ["embedded"], tools)] == []

    @pytest.mark.parametrize("team", gallery(), ids=lambda team: team.name)
    def test_whoever_may_end_a_chat_by_a_phrase_is_told_the_phrase(self, team: GalleryTeam):
        for name in team.spec.termination.by or []:
            assert any(phrase in team.spec.agent(name).prompt for phrase in team.spec.termination.phrases)

    @pytest.mark.parametrize("team", gallery(), ids=lambda team: team.name)
    def test_prompts_are_short_enough_for_small_models(self, team: GalleryTeam):
        assert all(len(agent.prompt.split()) <= 200 for agent in team.spec.agents)


class TestTheLessonsTeams:
    def test_coder_and_executor_has_its_prompt_word_and_limits(self):
        team = TEAMS["coder-and-executor"]
        coder, executor = team.agent("programmer_assistant"), team.agent("executor_proxy")
        assert coder.prompt.startswith("You are a creative and precise Python programmer. Write clean code.")
        assert "When the task is fully completed" in coder.prompt
        assert "the single word TERMINATE" in coder.prompt
        assert coder.temperature == 0.2
        assert (executor.role, executor.asks_human, executor.max_consecutive_auto_reply) == ("executor", "NEVER", 5)
        assert (team.termination.phrases, team.termination.match) == (["TERMINATE"], "ends_with")
        assert team.task_giver == "executor_proxy"
        assert "fibonacci.txt" in team.example_tasks[0]

    def test_product_team_has_its_prompts_and_twelve_rounds(self):
        team = TEAMS["product-team"]
        specialists = ["Product_Manager", "Developer", "QA_Engineer"]
        assert [agent.name for agent in team.agents if agent.role != "executor"] == ["user_proxy", *specialists]
        assert [team.agent(name).prompt.partition("\n")[0] for name in specialists] == [
            "You define product specifications and verify if the solution meets user needs.",
            "You write clean, executable Python code based on specifications.",
            "You review code for bugs, security issues, and logical flaws. Suggest fixes if needed.",
        ]
        assert team.agent("user_proxy").role == "human"
        assert team.selection.method == "auto"
        assert team.limits.max_rounds == 12
        assert team.task_giver == "user_proxy"

    def test_an_executor_runs_what_developer_and_qa_write_once_a_person_agrees(self):
        team = TEAMS["product-team"]
        assert [agent.name for agent in team.agents if agent.role == "executor"] == ["Executor"]
        assert team.policies == []
        assert team.sandbox.network == "none"

    def test_data_analysts_ask_with_sql_draw_with_code_and_write_a_report(self):
        team = TEAMS["data-analysts"]
        assert "sql" in team.agent("Data_Analyst").tools
        assert "write_report" in team.agent("Report_Writer").tools
        names = [agent.name for agent in team.agents]
        assert names.index("Executor") == names.index("Chart_Maker") + 1, "what is drawn is run in the next turn"

    def test_support_desk_routes_through_triage(self):
        graph = TEAMS["support-desk"].selection.transitions
        assert graph is not None
        assert graph["Customer"] == ["Triage"]
        assert graph["Triage"] == ["Billing", "Technical_Support", "Feedback"]
