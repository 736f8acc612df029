"""What counts as code in a message: fences as CommonMark has them, and what stands in them."""

import pytest

from agents.engine.code_fences import FencedCode, fenced_code

PHRASES = ["TERMINATE", "ALL DONE"]
IF = "if x:\n    y()"
DOCSTRING = 's = """\n```python\n"""'
FENCED = {
    "an info string": ("```python title=main.py\nx = 1\n```", [FencedCode("python", "x = 1")]),
    "a language of signs": ("```c++\nx;\n```\n```C#\ny;\n```", [FencedCode("c++", "x;"), FencedCode("c#", "y;")]),
    "a language in braces": ("```{.python .numberLines}\nx\n```", [FencedCode("python", "x")]),
    "a longer fence": ("````markdown\n```python\nx\n```\n````", [FencedCode("markdown", "```python\nx\n```")]),
    "tildes": ("~~~python\ns = '```'\n~~~", [FencedCode("python", "s = '```'")]),
    "a fence in code that tildes close": ("~~~\n```\n~~~\n", [FencedCode("", "```")]),
    "code in a list": ("1. Run:\n   ```sh\n   ls\n     -l\n   ```", [FencedCode("sh", "ls\n  -l")]),
    "code behind a marker": ("- ```python\n  if x:\n      y()\n  ```", [FencedCode("python", IF)]),
    "a fence further in than its code": (f"  ```python\n{IF}\n  ```", [FencedCode("python", IF)]),
    "no end": ("```python\nx = 1\n", [FencedCode("python", "x = 1\n", is_closed=False)]),
    "words behind the end": ("```python\nx\n``` TERMINATE", [FencedCode("python", "x")]),
    "words before the beginning": ("Here: ```python\nx\n```", [FencedCode("python", "x")]),
    "a beginning inside code": (f"```python\n{DOCSTRING}\n```", [FencedCode("python", DOCSTRING)]),
    "code inside a line": ("Use ```x``` and `y`.\n```\nz\n```", [FencedCode("", "z")]),
    "a quotation": ("> ```python\n> x\n> ```\n\n```python\ny\n```", [FencedCode("python", "y")]),
    "nothing": ("```\n```\nfoo", []),
    "no fence": ("x = `1`", []),
    "a phrase as the last line": ("```python\nx\n\nTERMINATE\n```", [FencedCode("python", "x")]),
    "a phrase inside code": ("```python\nprint('TERMINATE')\n```", [FencedCode("python", "print('TERMINATE')")]),
    "only a phrase": ("```\nALL DONE\n```", []),
}


@pytest.mark.parametrize(("content", "blocks"), FENCED.values(), ids=FENCED.keys())
def test_code_is_what_the_message_calls_code(content: str, blocks: list[FencedCode]):
    assert fenced_code(content, PHRASES) == blocks
