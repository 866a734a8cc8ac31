"""Everything that touches Streamlit, streamlit-webrtc or a browser.

Pages in `pages/` compose what lies here. No other package of `fer` imports this one, and nothing
here holds logic that a test would want to call without Streamlit.
"""
