"""Prints the text of the HTML on standard input, a line for each block. Run alone, by `web_page`: pages are hostile,
and this process may take no more than its limits of processor time and memory.
"""

import resource
import sys

from selectolax.lexbor import LexborHTMLParser, LexborNode

CPU_S, MEMORY_BYTES = 2, 1024 * 1024 * 1024

HIDDEN = {"script", "style", "noscript", "template", "svg", "head"}
INLINE = {"a", "b", "i", "em", "strong", "span", "code", "small", "u", "sub", "sup", "abbr", "mark", "label"}
CELLS = {"td", "th"}


def text_of(page: str) -> str:
    """Return the text of `page`, without what browsers do not show."""
    parts: list[str] = []
    node = LexborHTMLParser(page).root
    while node is not None:
        parts.append(before(node))
        following = None if node.tag in HIDDEN else node.first_child
        while following is None and node is not None:
            parts.append(after(node))
            following, node = node.next, node.parent
        node = following
    lines = (" ".join(line.split()) for line in "".join(parts).splitlines())
    return "\n".join(line for line in lines if line)


def before(node: LexborNode) -> str:
    if node.tag == "-text":
        return " ".join(f"x{node.text_content or ''}x".split())[1:-1]  # a space for any white space
    return " | " if node.tag in CELLS else after(node)


def after(node: LexborNode) -> str:
    is_block = node.is_element_node and node.tag not in INLINE and node.tag not in CELLS
    return "\n" if is_block else ""


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    sys.stdout.buffer.write(text_of(sys.stdin.buffer.read().decode("utf-8", "replace")).encode())
