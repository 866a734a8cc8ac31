"""The students' page and its web socket: plain HTML, one style sheet and one script.

`socket` takes what a student sends, within the `limits`, and `hub` knows all who are connected.
The page uses none of Streamlit's front end, so that an old phone shows it within a second.
"""
