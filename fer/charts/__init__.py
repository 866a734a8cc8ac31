"""Tables to Plotly figures, readable in light and dark and without colours.

Nothing here computes what it shows, and nothing here knows where a figure will stand.
"""
