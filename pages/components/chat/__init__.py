"""The parts of the chat screen: its head, the answer box, the list to pick from. Put together by `pages/chat.py`."""
