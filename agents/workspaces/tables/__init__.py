"""Tables as they are: CSV and its kin, and Excel workbooks, with what is uncertain about them told.

The one reader of tables: previews and descriptions read with it in the app, `sql` inside the sandbox, where its source
is sent. So it imports nothing but Python's own library and itself. `delimited` and `workbook` read, `layout` finds
header and rows, `kinds` what the columns hold, `encodings` how bytes become text.
"""
