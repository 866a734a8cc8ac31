"""The app's Streamlit components, each beside its JavaScript, CSS and HTML."""
