"""What the browser reaches beside Streamlit's pages: the live feed, transcript entries, tokens, files, Markdown."""
