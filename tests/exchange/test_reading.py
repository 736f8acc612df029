"""Whatever is given to `read` is a reading or one clear refusal, soon; and none of it runs."""

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.errors import SpecError
from agents.exchange import Reading, read
from agents.specs import dump_team, load_team
from agents.specs.gallery import gallery
from tests.exchange.test_autogen_scripts import GIVES, SCRIPTS, notebook
from tests.support.fuzz import examples, harmless
from tests.support.listings import LESSON, PROSE, TWO_AGENTS

TEAM = dump_team(gallery()[0].spec)
FILES = sorted((Path(__file__).parent / "files").glob("*"))
TEXTS = [
    LESSON, PROSE, TEAM, dump_team(gallery()[1].spec, "json"), notebook(*LESSON.split("# ")),
    *(file.read_text(encoding="utf-8").partition(GIVES)[0] for file in SCRIPTS),
    *(file.read_text(encoding="utf-8") for file in FILES),
]  # fmt: skip
CANARY = "import os; os.system('touch {0}'); open('{0}', 'w'); __import__('pathlib').Path('{0}').write_text('x')\n"
PIECES = [
    "(", ")", "[", "]", "{", "}", "'", '"', '"""', "\\", "\n", "    ", ":", ",", "=", "\0", "\u202e", "\ud83d", "…",
    "0" * 400, "lambda x: ", "f'{x}'", "for i in range(10**9):\n", "import autogen\n", "x = x + x\n", "*", "**",
    "await ", "class A(A):\n ", "def f(): return f()\nf()\n", "agents=agents, ", "max_round=-1", "None", "True",
    "1e999", "&a *a",
    "!!python/object", "null", "system_message=" + repr("z" * 120_000), "%magic\n", "```python\n", "- ", "name: ",
    '"config": {', '"participants": [',
]  # fmt: skip


def outcome(text: str) -> Reading | str:
    """What became of the text: a reading, or the sentence that refuses it."""
    try:
        reading = read(text, "The text")
    except SpecError as error:
        said = str(error)
        assert said.startswith(("The text cannot be used. ", "The team “", "The script cannot be used. "))
        assert len(said) < 3_000
        for word in ("Traceback", "pydantic", "Error(", "<ast", "object at 0x"):
            assert word not in said
        return said
    assert reading.teams
    for team in reading.teams:
        assert load_team(dump_team(team.spec)) == team.spec
    return reading


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A text with up to four changes: parts removed, doubled, moved, or others put in."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(len(text) - 1, 0)))
        end = min(len(text), start + draw(st.integers(0, 200)))
        match draw(st.sampled_from(("cut", "double", "move", "put", "put"))):
            case "cut":
                text = text[:start] + text[end:]
            case "double":
                text = text[:end] + text[start:end] * draw(st.integers(1, 20)) + text[end:]
            case "move":
                text = text[end:] + text[start:end] + text[:start]
            case _:
                text = text[:start] + draw(st.sampled_from(PIECES)) + text[start:]
    return text


class TestAnything:
    @pytest.mark.long
    @examples(3_000)
    @given(text=mutated())
    @example(text='{"cells": [{"cell_type": "code"}]}')
    @example(text='{"cells": [{"cell_type": "code", "source": 7}]}')
    @example(text="import autogen\n" + "x = autogen.GroupChat(agents=7)\nautogen.GroupChatManager(x)")
    @example(text=LESSON.replace("agents=[user_proxy,", "agents=[user_proxy, user_proxy, 7, None,"))
    def test_is_read_or_refused_with_a_sentence(self, text: str, caplog: pytest.LogCaptureFixture):
        with harmless(caplog):
            outcome(text)

    @examples(100)
    @given(text=mutated())
    def test_is_read_or_refused_with_a_sentence_in_the_quick_loop(self, text: str, caplog: pytest.LogCaptureFixture):
        with harmless(caplog):
            outcome(text)

    @examples(100)
    @given(text=st.text(max_size=300))
    def test_text_without_sense_is_refused(self, text: str):
        assert isinstance(outcome(text), str)

    def test_nothing_in_it_runs(self, tmp_path: Path):
        canary = tmp_path / "canary"
        code = CANARY.format(canary)
        texts = [
            code + LESSON,
            LESSON.replace("# Create the User", code + "# "),
            notebook(code, f"!touch {canary}", LESSON),
        ]
        texts.append(LESSON.replace('"executor_proxy"', f"f\"{{open('{canary}', 'w')}}\""))
        texts.append(LESSON + f"\n@open('{canary}', 'w').write\ndef f(): pass\n")
        texts.append(LESSON + f"\nclass A(open('{canary}', 'w').__class__): x = open('{canary}', 'w')\n")
        texts.append(LESSON + f"\ndef f(x=open('{canary}', 'w')): pass\nf()\n")
        texts.append(TEAM.replace("Product team", f"!!python/object/apply:os.system ['touch {canary}']"))
        for text in texts:
            outcome(text)
        assert not canary.exists()


KINDS = """
x[0:2] = [1]; x[::2]; x[1:]; del x; x: int; x: list = [*y, *z]; a, *b = 1, 2; (c := 5); -x; ~x; +x; not x; x @ y; x // y
x if y else z; x < y < z; x is not y; x not in y; {**x, 'a': 1}; {1, 2}; {k: v for k, v in x.items() if k}
{i for i in x}; [i async for i in x]; (i for i in [1]); lambda *a, k=1, **b: a; f'{x!r:>{y}}'; b'x'; 1j; ...; await x
x.y.z = 1; x[1][2] = 3; print(*x, **y); global g; nonlocal_ = 1; assert x, y; raise x from y; import a.b as c
from . import d; x |= y; x[0] += 'a'
"""
"""Every kind of expression and simple statement, some at places where they change something."""
BLOCKS = """
while x: break
else: pass
for i, (j, k) in zip([1], [(2, 3)]): continue
async def f():
    async for i in x: yield i
    async with a as b, c: return (yield from d)
try: pass
except* ValueError as e: pass
finally: pass
match x:
    case [1, *_] | {'a': b, **c}: pass
    case C(d=1): pass
class C(metaclass=M): y = 1
@a.b(1)
@c
def g(p, /, q=1, *r, s=2, **t): nonlocal_ = 1; return g(g)
g(1); C(); C().y; f()
type_ = g(*[1], **{'q': 2})
"""


class TestSyntax:
    @pytest.mark.parametrize("statement", [*filter(None, KINDS.replace("\n", "; ").split("; ")), BLOCKS])
    def test_every_kind_of_statement_is_followed_or_passed_over(self, statement: str):
        reading = outcome(f"x = y = z = [1]\n{statement}\n{LESSON}")
        assert isinstance(reading, Reading)
        assert len(reading.teams) == 2


class TestTeams:
    @pytest.mark.parametrize("team", gallery(), ids=lambda team: team.name)
    @pytest.mark.parametrize("format", ["yaml", "json"])
    def test_a_ready_team_comes_back_equal(self, team, format):
        reading = read(dump_team(team.spec, format))
        assert (reading.kind, [each.spec for each in reading.teams]) == ("a team file", [team.spec])
        assert reading.teams[0].notes == ()


def took_s(text: str) -> float:
    began = time.process_time()
    outcome(text)
    return time.process_time() - began


AGENT = "a{0} = autogen.AssistantAgent('a{0}', llm_config={{}}, system_message='x')\n"
BIG = {
    "agents": "import autogen\n" + "".join(AGENT.format(i) for i in range(5_000)),
    "chats": TWO_AGENTS + "user_proxy.initiate_chat(assistant, message='x')\n" * 8_000,
    "prose": "This is it's prose (see here.\n" * 13_000 + TWO_AGENTS,
    "open brackets": "import it's prose (see here.\n" * 13_000,
    "fences": "```python\nx = 1\n```\n" * 5_000,
    "doubling": "a = [1]\ns = 'x'\nd = {}\n" + "a = a + a\ns = s + s\nd = {'a': d, 'b': d}\n" * 60 + TWO_AGENTS,
    "loops": "for i in range(10000):\n  for j in range(10000):\n    x = [i, j]\n" + TWO_AGENTS,
    "calls": "def f(n):\n" + "  f(n)\n" * 6 + "f(1)\n" + TWO_AGENTS,
    "long sum": "x = 'a'" + " + 'a'" * 50_000 + "\n" + TWO_AGENTS,
    "long name": "x = a" + ".b" * 100_000 + "\n" + TWO_AGENTS,
    "formats": "x = '{:>1000000000}'.format(1)\ny = '%1000000000d' % 1\nz = 'x' * 10**10\n" + TWO_AGENTS,
    "numbers": "x = 9**9**9**9\ny = 1 << 10**9\nz = int('9' * 100000)\n" + TWO_AGENTS,
    "conditions": "def c(m):\n" + "  if m['content'].endswith('x'):\n    return True\n" * 3_000 + "  return False\n"
    + TWO_AGENTS.replace("is_termination_msg=", "is_termination_msg=c, y="),
    "cells": json.dumps({"cells": [{"cell_type": "code", "source": "x = 1"}] * 10_000}),
}  # fmt: skip


class TestTime:
    @pytest.mark.parametrize("name", BIG)
    def test_a_large_text_is_read_or_refused_within_two_seconds(self, name: str):
        assert took_s(BIG[name]) < 2

    def test_the_time_grows_with_the_length_alone(self):
        random.seed(1)
        small, large = ("import autogen\n" + "".join(AGENT.format(i) for i in range(n)) for n in (500, 2_000))
        took = min(took_s(small) for _ in range(3))
        assert min(took_s(large) for _ in range(3)) < 4 * took * 2.5
