"""Team files that cannot be used: one clear error each, which names the field."""

import time

import pytest

from agents.errors import SpecError
from agents.specs import load_team
from tests.support.bad_teams import AGENTS, BAD, file


class TestBadTeams:
    @pytest.mark.parametrize("name", BAD)
    def test_a_bad_file_gives_one_clear_error_that_names_the_field(self, name: str):
        text, path, words = BAD[name]
        began = time.process_time()
        with pytest.raises(SpecError) as caught:
            load_team(text, "The file 'team.yaml'")
        assert path in [place for place, _ in caught.value.problems]
        message = str(caught.value)
        assert message.startswith("The file 'team.yaml' cannot be used. ")
        assert words in message
        assert len(message) < 1_000
        assert "Traceback" not in message
        assert "pydantic" not in message.lower()
        assert time.process_time() - began < 5

    def test_every_field_to_mend_is_named_at_once(self):
        with pytest.raises(SpecError) as caught:
            load_team(file(name="", connection=3, agents=[{"name": "1"}, AGENTS[1]]))
        assert {path for path, _ in caught.value.problems} == {"name", "connection", "agents.1.name"}

    def test_placeholders_cannot_swell_a_prompt_beyond_what_a_prompt_may_be(self):
        team = load_team(file(agents=[{"name": "Writer", "prompt": "{a}" * 30_000}, AGENTS[1]], variables={"a": "x"}))
        assert team.filled({}).agents[0].prompt == "x" * 30_000
        with pytest.raises(SpecError, match=r"agents\.1\.prompt: .* 3,000,000,000 characters"):
            team.filled({"a": "x" * 100_000})
