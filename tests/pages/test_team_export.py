"""What the editor's *More* menu takes out of a team, as AppTest sees it."""

from agents.specs import TeamSpec, load_team
from agents.studio import Studio
from tests.support.app_pages import ANN, open_screen, words

INNER = "{name: Inner, agents: [{name: C}, {name: D}]}"
NESTED = f"name: Nested\nagents: [{{name: A}}, {{name: B, role: team, team: {INNER}}}]\n"


def offered(team: str) -> list[str]:
    return [button.proto.label for button in open_screen("teams", team=team).get("download_button")]


class TestExport:
    def test_offers_yaml_json_and_a_script(self, studio: Studio) -> None:
        assert offered("gallery:product-team") == ["Export as YAML", "Export as JSON", "Export as Python script"]

    def test_of_a_team_with_a_team_says_why_there_is_no_script(self, studio: Studio) -> None:
        team: TeamSpec = load_team(NESTED)
        row = studio.as_(ANN).teams.save(team)
        assert offered(row.team_id) == ["Export as YAML", "Export as JSON"]
        assert "No Python script: a member is a team." in words(open_screen("teams", team=row.team_id))
