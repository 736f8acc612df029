"""Excel workbooks for tests: one that openpyxl writes, and changes to its parts."""

import io
import zipfile
from collections.abc import Callable, Mapping

MAKE_WORKBOOK = """
import datetime, openpyxl
book = openpyxl.Workbook()
sales = book.active
sales.title = "Sales"
sales.append(["Sales by region"])
sales.merge_cells("A1:C1")
sales.append(["region", "amount", "day", "at", "ok", "total"])
sales.append(["north", 12.5, datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2, 10, 30), True, "=B3*2"])
sales.append(["south", 3, datetime.date(2026, 1, 3), datetime.datetime(2026, 1, 3, 9, 0, 5), False, "=B4*2"])
costs = book.create_sheet("Costs 2026")
costs.append(["what", "sum"])
costs.append(["rent", 1000])
costs.append(["007", 0.1])
old = book.create_sheet("Old")
old.sheet_state = "hidden"
old.append(["a"])
old.append([1])
book.create_sheet("Empty")
book.save("book.xlsx")
"""
"""Writes book.xlsx into the current folder; for the sandbox's Python."""


def with_parts(book: bytes, changed: Mapping[str, Callable[[str], str]]) -> bytes:
    """Return the workbook with some of its parts changed, or added where there is none of that name."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        for name in names:
            text = old.read(name)
            new.writestr(name, changed[name](text.decode()) if name in changed else text)
        for name in changed.keys() - set(names):
            new.writestr(name, changed[name](""))
    return target.getvalue()
