"""Uploads: received straight to disk, within limits, and deleted when their visit ends.

Streamlit itself would hold every upload in memory. Its widget and its list of files stay in use;
what a browser sends is received here, and the list refers to a file on disk.
"""
