"""Plotly figures from tables, readable in light and dark and without colours.

The charts compute nothing that they show, and they do not know on which page they stand.
"""
