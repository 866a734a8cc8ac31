"""Texts that several pages share, in one place for whoever translates them."""

from __future__ import annotations

from fer.mood.groups import Group

LIVE = "Live"
CLASS = "Class"
RECORDING = "Recording"
SESSIONS = "Past sessions"
MODEL = "Model"
CONNECTION = "Connection"
SERVER = "Server"
PLACES = ("first", "second", "third", "fourth", "fifth")
PLACE_LATER = "number {place}"
TYPE_NUMBER = "Type {number}, the number of results, to be sure"
FAULT = (
    "Something went wrong in this app. Load the page again; if that does not help, tell whoever "
    "runs the app the number **{reference}**, under which the server's log has the details."
)
FAULT_PLAIN = FAULT.replace("*", "")
"""The same where nothing is drawn, only sent."""

GROUPS = {
    Group.PLEASANT: "Pleasant",
    Group.NEUTRAL: "Neutral",
    Group.SURPRISED: "Surprised",
    Group.UNPLEASANT: "Unpleasant",
}
"""The four groups of expressions."""

WHO_SEES = (
    "If you signed in with your account, you and whoever runs this app can see and delete your "
    "results; otherwise everybody who can open this page can."
)


def place_in_line(place: int) -> str:
    """Returns the words for a place in line, counted from 1."""
    return PLACES[place - 1] if place <= len(PLACES) else PLACE_LATER.format(place=place)
