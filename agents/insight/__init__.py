"""What a chat took, cost and decided: from its log, ledger and requests to frames (pandas), figures (plotly) and rows.

Pure functions over values: no store, no screen, no clock of its own (`now` is always given). Only the pages that
draw charts import those modules, because pandas and plotly take a second to load; `audit` needs neither.
"""
