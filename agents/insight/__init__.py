"""What a chat took and cost: from its log and its ledger to frames (pandas) and figures (plotly).

Pure functions over values: no store, no screen, no clock of its own (`now` is always given). Only the pages that
draw these import the modules here, because pandas and plotly take a second to load.
"""
