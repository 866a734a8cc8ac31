"""Plotly figures from tables, readable in light and dark and without colours.

Colours come from `style`, those of the emotions from `fer.emotions`. The charts compute nothing
that they show, and they do not know on which page they stand.
"""
