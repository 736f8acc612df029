"""The parts of the connections page. `pages/connections.py` puts them on the screen."""
