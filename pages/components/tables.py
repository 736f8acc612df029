"""A table of which one row can be chosen, to be read in full below it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

MOST_ROWS_HIGH = 14
"""A longer table scrolls."""


def picked(frame: pd.DataFrame, columns: Mapping[str, Any], *, key: str, alt: str) -> int | None:
    """Draws `columns` of `frame`, sortable; the position of the row that was pressed, None when none was. `alt` tells
    the table to those who do not see it."""
    chosen = st.dataframe(
        frame,
        hide_index=True,
        column_order=list(columns),
        column_config=columns,
        placeholder="–",
        height=560 if len(frame) > MOST_ROWS_HIGH else "auto",
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        alt=alt,
    )["selection"]["rows"]
    return chosen[0] if chosen else None
