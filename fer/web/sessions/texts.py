"""All texts of the page of past sessions, in one place for whoever translates them.

The page replaces the words in braces. Texts may contain Markdown.
"""

from __future__ import annotations

from fer.sessions.session import Kind
from fer.web.texts import WHO_SEES

TITLE = "Past sessions"
CANNOT_START = "Past sessions cannot be shown: {problem}"
ABOUT = f"Classes and live sessions that are over, and results of recordings. {WHO_SEES}"
KEPT_DAYS = "Each is deleted by itself after {days}."
KEPT = "They are kept until somebody deletes them."
NONE_YET = (
    "There is no past session yet. A class appears here when it is over, a recording when it has "
    "been analysed."
)
OPEN_A_CLASS = "Open a class"
ANALYSE = "Analyse a recording"
STORE_AWAY = (
    "The database cannot be reached, so the classes are missing from this list. Load the page "
    "again in a moment."
)

COLUMNS = ("Name", "Date", "Length", "From", "In short")
KINDS = {
    Kind.CLASS: "class",
    Kind.RECORDING: "recording",
    Kind.REPORT: "import",
    Kind.LIVE: "live session",
}
NOTHING = "–"
REHEARSAL = "A rehearsal of one person."
TOO_FEW = "There never were enough students for numbers."
CANNOT_READ = "This result cannot be read any more."
SHOW_ALL = "Show all {count}"

CHOOSE = "Choose one session or several, and then what to do with them."
OPEN = "Open"
COMPARE = "Compare"
EXPORT = "Export"
EXPORT_ABOUT = (
    "One ZIP file with a folder for each session: the report as HTML and PDF, and its tables as "
    "CSV and Parquet. This may take a few seconds for each."
)
EXPORT_FILE = "Make and download"
RENAME = "Rename"
NEW_NAME = "New name"
RENAME_ANSWER = "Rename now"
DELETE = "Delete"
DELETE_QUESTION = "Deletes, for everybody who can see them:\n\n{names}"
DELETE_ANSWER = "Delete now"
THROWN_AWAY = "Will be deleted within a minute: {names}"
TAKE_BACK = "Undo"
STORE_PROBLEM = "The database cannot be reached: {problem} Try again in a moment."

BACK = "All past sessions"
GONE = "This session is not here any more, or it is somebody else's."
NO_NUMBERS = "There never were enough students at once, so this class has no numbers."
DOWNLOADS = "Export"
MOMENTS = "Events and marks"
MOMENT = "- {when} · {kind}: {text}"

COMPARED = "Sessions compared"
COMPARED_ABOUT = (
    "Each share is of all faces that could be read in that session. Of a class, every number is of "
    "at least as many students as its instructor had chosen. The sessions may differ in more than "
    "the mood: other students, another room, another camera."
)
COMPARE_MORE = "Fewer than two of these sessions have faces that can be compared."
NOT_REHEARSALS = "Not compared, because its numbers are of one single person: {names}."
NOT_WITHOUT_CAMERAS = "Not compared, because no faces are read in a class without cameras: {names}."
NOT_SILENT = "Not compared, because no face could be read: {names}."
OVER_TIME = "Expressions, session by session"
COURSE = "Valence over the length of each session"
COURSE_LIMIT = "The lines show the newest {count} of them."
COMPARISON_CSV = "Table (CSV)"
LABEL = "{when} · {name}"
