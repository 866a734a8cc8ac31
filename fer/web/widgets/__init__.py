"""Streamlit components of our own, each beside its JavaScript, CSS and HTML."""
