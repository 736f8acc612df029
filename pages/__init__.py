"""The screens, one file each, and the widgets they share. They call the verbs of `agents.studio` and nothing below."""
