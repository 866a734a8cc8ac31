"""All texts of the recording page, in one place for whoever translates them.

The page replaces the words in braces. Texts may contain Markdown.
"""

from __future__ import annotations

from fer import purpose
from fer.jobs.job import JobState
from fer.web.texts import WHO_SEES

TITLE = "Recorded lecture"
TITLE_LIVE = "Live session"
NEW = "New analysis"
CANNOT_ANALYSE = "Recordings cannot be analysed: {problem}"
ABOUT_HEADING = (
    "Not for grading, discipline or attendance, and forbidden for classes in the EU. "
    "What this measures and stores"
)
ABOUT = f"""
**What this page measures.** In pictures taken from the recording, where faces are and how strongly
each looks like one of the expressions that the model knows; in the sound, the same for the tone of
voice, by a network that has learned acted English speech. Cues such as smile and head pose each
carry a label that says how far they can be trusted.
{purpose.NOT_A_FEELING}

**What is stored.** Numbers, under the recording's file name: no picture and no sound. An upload is
deleted from the server once its analysis is done, unless you choose to keep it, and without an
analysis two minutes after you close this page; your browser plays it from your own computer.
Results stay on the server until somebody deletes them, or for as many days as its setting
`FER_KEEP_DAYS` says. {WHO_SEES} The name of a recording without a result goes when the
server is started again.

**What it must not be used for.** {purpose.NOT_FOR[0].upper() + purpose.NOT_FOR[1:]}.

**The law.** {purpose.LAW} {purpose.CONSENT}
"""

# --- Choosing what to analyse ---------------------------------------------------------------

TAB_UPLOAD = "Upload or record"
TAB_SERVER = "From the server"
TAB_EXPORT = "Earlier export (CSV)"
RATE = "Pictures analysed"
RATES = {0.5: "every 2 s", 1.0: "1 a second", 2.0: "2 a second", 5.0: "5 a second"}
RATE_HELP = "More pictures follow short expressions better and take longer, in proportion."
QUICK = "Quick look (key frames only, no sound)"
QUICK_HELP = "At most one picture in two seconds: a rough result in a fraction of the time."
BLINKS = "Count blinks ({label})"
BLINKS_HELP = "Looks at {rate:.0f} pictures a second, which takes long."
BLINKS_MISSING = "Counting blinks needs an extra on the server: `{how}`."
TRACKS = "Files with several pictures or sounds"
TRACKS_HELP = (
    "With 0, the pictures with the most faces and the first sound that is not silent are read. The "
    "result says which ones were."
)
PICTURE = "Track with pictures"
SOUND = "Track with sound"
UPLOAD = "Video or sound, one file or several"
KEEP = "Keep the recording on the server with its result"
KEEP_HELP = "Otherwise it is deleted once the analysis is done."
NOTHING_CHOSEN = "Nothing chosen yet. Results appear here, minutes after you start."
ANALYSE = "Analyse"
SERVER_EMPTY = "There is no recording in the server's folder."
SERVER_FILES = "Recordings on the server"
EXPORT_FILES = (
    "The `timeline.csv` of an earlier report, and its `faces.csv` and `voice.csv` if there; "
    "or the table of a live session"
)
EXPORT_EMPTY = "Makes the charts and the report again, without the recording."
EXPORT_MIXED = "Choose the files of one recording: a timeline, its faces and its voice."
EXPORT_NAME = "Name of the recording"
OPEN = "Open"

# --- Analyses that run, and earlier results -------------------------------------------------

STATES = {
    JobState.WAITING: "waiting",
    JobState.RUNNING: "running",
    JobState.DONE: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
    JobState.INTERRUPTED: "interrupted",
}
YOURS = "Your analyses: {counts}."
EARLIER = "Earlier results"
COLUMNS = ("Name", "Date", "Length", "In short")
SHOW_ALL = "Show all {count}"
NO_LENGTH = "–"
THROWN_AWAY = "Will be deleted within a minute: {names}"
TAKE_BACK = "Undo"
RESULT = "{name} · {when}"
DELETE = "Delete"
DELETE_QUESTION = "Deletes, for everybody who can see them:\n\n{names}"
DELETE_ANSWER = "Delete now"
MISSING = "A result that the address names is not on this server, or is somebody else's."
RELOAD = "You may close or reload this page: its address finds the analysis again."
CHOOSE_RESULT = "Result"
CANCEL = "Cancel"
CONTINUE = "Continue"
PROGRESS = "**{name}** · {progress}"
WAITS = "the server is busy; {ahead} before this one"
NEXT = "the server is busy; this one is next"
STARTS = "starts"
TIME_LEFT = "{part:.0%}, about {left} left"
PART_DONE = "{part:.0%}"
ENDED_CANCELLED = "{name}: cancelled."
UPLOAD_DELETED = " Its upload was deleted."
UPLOAD_NOT_DELETED = (
    " Its upload could not be deleted yet. The server tries again by itself, at the latest when it "
    "starts."
)
ENDED_INTERRUPTED = "{name}: interrupted. {reason}"
RESTARTED = "The server was started again."

# --- The result -----------------------------------------------------------------------------

PERIOD = "Period"
PERIOD_HELP = "Numbers, charts, events and exports cover this part of the time."
PERIOD_EMPTY = "Nothing was analysed in this period. Choose a longer one."
NO_FACE = "No face was found in this period, so there is no expression to show."
ABSENT = (
    "The recording is not on the server. To see it beside the charts, open it from this computer; "
    "it is played here and not uploaded."
)
TAB_SHARES = "Shares"
TAB_CUES = "Faces and cues"
TAB_VOICE = "Voice"
TAB_FACES = "Each face"
TAB_COMPARE = "Compare"
TAB_DOWNLOADS = "Export"
NUMBER, VALUE = "number", "value"
NUMBER_HELP = {
    "unsure": "Share of the faces read for which the model is not confident enough to name an "
    "expression. [How far to trust the model](model)"
}
CUES = "What the cues mean, and what they are not for"
CUE = "- **{name}** ({label}): {meaning} *{not_for}*"
NO_VOICE = "There is no result for the sound: the recording has none, or it was a quick look."
FACE = "Face"
FACE_NAME = "Face {track} · in {part:.0%} of the frames · {first}–{last}"
FACE_NOTE = (
    "Numbers follow a face through this recording only; nobody is identified, and a face that "
    "leaves and returns may get a new number."
)
NOTHING_TO_COMPARE = "There is no other result yet to compare with."
COMPARE = "Compare with"
AVERAGE = "Average of all {count} others"
AVERAGE_WITH_FACES = "Average of the {count} others in which faces were read"
AVERAGE_SHORT = "average"
THIS_ONE = "this one"
NO_FACE_TO_COMPARE = "One of them has no readable face, so there is nothing to compare."
EXPORT_NOTE = (
    "The downloads cover the period chosen above. The HTML page and the PDF hold the same numbers."
)
PDF_RIGHT_TO_LEFT = (
    "The PDF writes Arabic and Hebrew letters in the wrong order. The HTML report writes them "
    "correctly."
)
FORGET = "Delete the recording"
FORGET_QUESTION = "Deletes {name} from the server. The result stays."
DELETE_THIS = "Delete this result"
REPORT_HTML = "Report (HTML)"
REPORT_PDF = "Report (PDF)"
TABLE_CSV = "{table} (CSV)"
TABLE_PARQUET = "{table} (Parquet)"
TABLES = {"timeline": "Timeline", "faces": "Faces", "voice": "Voice"}
UNNAMED = "recording"
