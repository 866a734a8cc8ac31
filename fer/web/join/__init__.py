"""The students' page and its web socket: plain HTML, one style sheet and one script.

It needs nothing of Streamlit's front end, so that an old phone has it on the screen in a second.
"""
