"""Uploads, which are written straight to disk, within limits, and deleted when their visit ends.

Streamlit itself would hold every upload in memory. Its widget and its list of files are still used,
but the files that a browser sends are received here, and the list refers to files on disk.
"""
