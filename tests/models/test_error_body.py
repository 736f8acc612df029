"""What a server's words become before anybody reads them: the key is in none of its forms."""

import base64
from urllib.parse import quote, quote_plus

import pytest

from agents.models.error_body import redact

KEY = "a+secret/key==47 11"


class TestRedacting:
    @pytest.mark.parametrize(
        "echoed",
        [
            KEY,
            quote(KEY),
            quote(KEY, safe=""),
            quote_plus(KEY).replace("+", "%20"),
            quote(quote(KEY, safe=""), safe=""),
            quote(KEY, safe="").lower(),
            "".join(f"%{ord(each):02X}" for each in KEY),
            KEY.replace("/", "\\/"),
            base64.b64encode(KEY.encode()).decode(),
            base64.urlsafe_b64encode(KEY.encode()).decode(),
            *(base64.b64encode(f"{user}:{KEY}".encode()).decode() for user in ("", "a", "me", "api")),
        ],
    )
    def test_a_key_is_found_however_it_is_written(self, echoed: str):
        assert redact(f"The key {echoed} is not valid.", KEY) == "The key [key] is not valid."

    def test_words_without_it_stay_as_they_are(self):
        said = "Incorrect key provided: a+se********7 11. See https://host/path%20with?q=a+b and bm90IHRoZSBrZXk="
        assert redact(said, KEY) == said

    @pytest.mark.parametrize(
        "key",
        [
            "sk-proj-abc123def456",
            "AIzaSyA1234567890abcdef",
            "gsk_abcdefghijklmnop1234",
            "eyJhbGciOiJIUzI1.eyJzdWIiOiIx",
        ],
    )
    def test_what_has_the_form_of_a_key_is_no_less_secret_for_being_another(self, key: str):
        assert redact(f"Not {key}, please", KEY) == "Not [key], please"
