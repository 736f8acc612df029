"""What the tests share: scripted servers, builders of chats and teams, processes, browsers. Bench imports from here."""
