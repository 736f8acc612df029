"""Scripts of ours that run inside the sandbox, in its own Python: nothing here is imported by the app.

Each reads one JSON object from standard input, works in the current folder, which is the workspace, and prints one JSON
object as its last line: `{"text": ...}`, or `{"error": ...}` in words for the agent. Sent by
`agents.tools.builtin.files`, with the modules of ours that they import (`agents.tools.builtin.sandbox_scripts`).
"""
