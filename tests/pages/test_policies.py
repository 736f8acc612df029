"""The team editor's Policies and tools, as AppTest sees them: rules, deadlines, step mode, the dry run."""

import pytest
from pydantic import JsonValue
from streamlit.testing.v1 import AppTest

from agents.chats import DecisionRequested, request_digest
from pages.components.editor import approval_rules
from tests.support.app_pages import ANN, field, key_of, open_screen, pick, words


@pytest.fixture
def row(studio):
    """A saved team at revision 1."""
    return studio.as_(ANN).teams.save(
        studio.local.teams.from_gallery("support-desk").model_copy(update={"name": "Our desk"})
    )


def request_of(tool: str, n: int, **arguments) -> DecisionRequested:
    payload: dict[str, JsonValue] = {"call": f"0.{n}", "tool": tool, "arguments": arguments}
    return DecisionRequested(
        request=f"r{n}", turn=1, of="tool_call", agent="triage", question="May it?", payload=payload,
        options=["approve", "end"], digest=request_digest("tool_call", "triage", 1, payload),
    )  # fmt: skip


class TestPolicies:
    @pytest.fixture
    def page(self, studio, row):
        return open_screen("teams", team=row.team_id)

    def saved(self, page, studio, row):
        page.button(key=f"{row.team_id}:save").click().run()
        assert not page.exception
        return studio.local.teams.get(row.team_id).spec

    def test_tools_and_step_mode_are_given_to_a_member(self, page, studio, row):
        first = next(agent for agent in row.spec.agents if agent.role == "assistant")
        page = pick(page, first.label)
        field(page, ":tools", "multiselect").set_value(["calculate"]).run()
        page = page.toggle(key=step_key(page)).set_value(True).run()
        assert "arithmetic expression" in words(page)
        agent = self.saved(page, studio, row).agent(first.name)
        assert (agent.tools, agent.step_mode) == (["calculate"], True)

    def test_a_tool_that_is_gone_stays_visible_and_is_warned_of(self, studio, row):
        agents = [agent.model_copy(update={"tools": ["gone"]}) for agent in row.spec.agents]
        team = row.spec.model_copy(update={"agents": agents})
        page = open_screen("teams", team=studio.as_(ANN).teams.save(team).team_id)
        assert "There is no tool named 'gone'" in words(page)

    def test_a_broken_plugin_is_named_with_what_to_mend(self, studio, row):
        studio.settings.plugins.mkdir()
        (studio.settings.plugins / "odd.py").write_text("def odd(x):\n    return x\n")
        page = pick(open_screen("teams", team=row.team_id), next(a.label for a in row.spec.agents if a.has_model))
        assert "odd.py" in words(page)
        assert "odd has no docstring" in words(page)

    def test_rules_are_added_filled_in_moved_and_removed(self, page, studio, row):
        page.button(key=f"{row.team_id}:rule:add").click().run()
        field(page, "rule:0:tool", "selectbox").set_value("calculate")
        field(page, "rule:0:action", "button_group").set_value("approve").run()
        page.button(key=f"{row.team_id}:rule:add").click().run()
        field(page, "rule:1:action", "button_group").set_value("refuse").run()
        field(page, "rule:1:reason").set_value("Not here.").run()
        page.button(key=key_of(page, ":rule:Move up", "button")).click().run()
        assert [rule.action for rule in self.saved(page, studio, row).policies] == ["refuse", "approve"]
        page.button(key=key_of(page, ":rule:Remove", "button")).click().run()
        (rule,) = self.saved(page, studio, row).policies
        assert (rule.tool, rule.action) == ("calculate", "approve")

    def test_a_condition_compares_with_what_was_meant(self, page, studio, row):
        page.button(key=f"{row.team_id}:rule:add").click().run()
        page.button(key=key_of(page, ":where:add", "button")).click().run()
        field(page, "where:0:argument").set_value("amount")
        field(page, "where:0:comparison", "selectbox").set_value("below")
        field(page, "where:0:value").set_value("5x").run()
        assert "'below' compares with a number" in words(page)
        field(page, "where:0:value").set_value("50").run()
        (condition,) = self.saved(page, studio, row).policies[0].where
        assert (condition.argument, condition.comparison, condition.value) == ("amount", "below", 50)

    @pytest.mark.parametrize("value", [5, 1.5, True, None, "5", "true", '"x"', "plain", ["a"], ""])
    def test_a_value_reads_back_as_it_was(self, value):
        assert approval_rules.value_of(approval_rules.value_text(value, "equals"), "equals") == value

    def test_a_deadline_is_kept_in_seconds(self, page, studio, row):
        page.button(key=f"{row.team_id}:deadline:add").click().run()
        field(page, "deadline:0:after_s", "number_input").set_value(5.0)
        field(page, "deadline:0:outcome", "selectbox").set_value("reject").run()
        (deadline,) = self.saved(page, studio, row).deadlines
        assert (deadline.after_s, deadline.outcome, deadline.kind) == (300, "reject", "any")

    def test_rules_are_tried_on_what_agents_really_wanted(self, page, studio, row):
        chat = studio.as_(ANN).chats.start(row.spec, "x", client_id="past")
        fence = studio.store.chats.begin_leg(chat, "w")
        for event in (request_of("calculate", 1, expression="1"), request_of("send", 2), request_of("send", 3, to="x")):
            studio.store.chats.append(chat, event, fence=fence)
        page.button(key=f"{row.team_id}:trial:press").click().run()
        assert "Of the last 3 requests" in words(page)
        assert "**3** would have been asked about" in words(page)
        page.button(key=f"{row.team_id}:rule:add").click().run()
        field(page, "rule:0:tool", "selectbox").set_value("calculate")
        field(page, "rule:0:action", "button_group").set_value("approve").run()
        assert "**2** would have been asked about], :green[**1** approved], :red[**0** refused]" in words(page)

    def test_a_limit_that_is_reached_may_end_the_chat_without_asking(self, page, studio, row):
        field(page, ":limits:when_reached", "button_group").set_value("end").run()
        assert self.saved(page, studio, row).limits.when_reached == "end"


def step_key(page: AppTest) -> str:
    """The key of the picked member's step mode; the team's own comes without a member's id."""
    return max((str(toggle.key) for toggle in page.toggle if str(toggle.key).endswith(":step_mode")), key=len)
