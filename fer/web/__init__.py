"""Everything that touches Streamlit, streamlit-webrtc or a browser.

Pages in `pages/` compose what lies here. `join` is the students' page, with the scripts that read
on their own devices in `join/device`; `operations` has the health routes, the metrics and the
server page. No other package of `fer` imports this one, and nothing here holds logic that a test
would want to call without Streamlit.
"""
