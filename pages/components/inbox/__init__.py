"""The inbox: what waits across chats, how one request is looked at, and how several alike are decided at once."""
