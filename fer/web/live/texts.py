"""All texts of the live page, in one place for whoever translates them.

The page replaces the words in braces. Texts may contain Markdown.
"""

from __future__ import annotations

from fer import purpose
from fer.live.conditions import Cause, Condition, Source
from fer.mood.groups import Group
from fer.web.sources.ice import HOW_TO_SET
from fer.web.texts import WHO_SEES

_HOW_TO_SET = HOW_TO_SET.replace("{", "{{").replace("}", "}}")

TITLE = "Live class mood"
CANNOT_START = "The live page cannot start: {problem}"
SOURCE = "Source"
SOURCES = {
    Source.CAMERA: "Camera",
    Source.SCREEN: "Share a video call",
    Source.DEMO: "Demo",
}
PICTURE_SIZE = "Picture"
PICTURE_SIZES = {
    (640, 480): "640 × 480: a few people near the camera",
    (1280, 720): "1280 × 720: a room",
}

WELCOME = """
Online and in large rooms nobody can read 25 faces at once. This app reads them together and says
in one sentence how the class as a whole looks: **live**, from a camera or a shared video call, or
afterwards, as a **report** on a recorded lecture.
"""
DEMO = "Try the demo"
JOIN = "Join a class"
JOIN_HELP = "For students: enter the code that your teacher shows. Opens in a new tab."
SAMPLE = "See a sample report"
SAMPLE_NAME = "Sample"
SAMPLE_NOTE = "Invented numbers: a lecture of 45 minutes with 24 people, who laugh twice."
NOTICE_HEADING = "Before you start"
NOTICE_READ = "I have read this"
NOTICE = f"""
**What this page measures.** From each picture: where faces are, and how strongly each looks like
one of the expressions that the model knows (angry, disgust, fear, happy, sad, surprise, neutral; a
few models know contempt, too). What it reads from each face is written on the picture; numbers and
charts show the class as a whole, once a second.
{purpose.NOT_A_FEELING} The numbers are a hint at best.

**What is not stored.** Pictures are read in the server's memory and forgotten at once. In a class
that students join, their own devices read their faces where they can, and send numbers only. Nobody
is identified. The table of numbers of the live page is gone two minutes after you close the page,
unless you make a report of it. If you load the page again within these two minutes, it is still
there. Of a class that students join, the server keeps the numbers that its instructor could see.

**What it must not be used for.** {purpose.NOT_FOR[0].upper() + purpose.NOT_FOR[1:]}.

**The law.** {purpose.LAW} {purpose.CONSENT}
"""

DEMO_NOTE = "This is a demo: painted faces, no camera, no students."
DEMO_ABOUT = f"""
**About the demo.** The app makes a film of twelve faces from one portrait, which it moves and
repaints: after {{laugh}} they laugh, after {{wonder}} some wonder, after {{frown}} some frown, and
after {{loop}} the film begins again. Boxes, numbers and charts are read from it by the same
networks as from a camera. The portrait is NASA's of the astronaut Eileen Collins (public domain);
neither has anything to do with this app.

**With real students** mind the law. {purpose.LAW} {purpose.CONSENT}
"""

NO_MEMORY = (
    "The server is busy: its memory has no room for another camera now. You are **{place} in "
    "line**. This page looks again by itself; then start the camera."
)

RESTORED = (
    "This page was loaded again, and the session so far was restored: {clock}, with its alerts, "
    "marks and settings. Start the camera, or share the window again, to go on."
)

GROUPS_HELP = {
    Group.PLEASANT: "Faces that look happy.",
    Group.NEUTRAL: "Faces without an expression.",
    Group.SURPRISED: "Faces that look surprised, whether by something good or bad.",
    Group.UNPLEASANT: "Faces that look angry, disgusted, afraid or sad, or contemptuous if the "
    "model knows that. These are often taken for each other and for a neutral face.",
}
OF_THE_FACES = (
    "Share of the faces that were read in the chosen time. In nine of ten cases the true share "
    "lies in the range beneath."
)
BETWEEN = "{low} to {high}"
FACES = "Faces"
FACES_HELP = "Faces in the newest picture."
NOTHING = "–"
CLASSES = "All expressions"
LAST_READINGS = "Last readings: {headline}"
STATUS_FPS = "{fps:.1f} pictures read a second"
STATUS_DELAY = "{delay:.1f} s behind the camera"
STATUS_UNSURE = "{unsure:.0%} of the readings [unsure](model)"
"""The link opens the model page in a new tab, so that the camera goes on."""
STATUS_NOT_ADJUSTED = "shares not adjusted to the class: this model has no figures for it"
STATUS_IDLE = "No source is running"
SEPARATOR = " · "

SENSITIVITY = "Sensitivity"
WINDOW = "Mood over the last"
WINDOWS = {10: "10 s", 60: "60 s", 300: "5 min", 0: "session"}
WINDOW_HELP = "The sentence, the shares and the bars are taken over this time."
SMOOTHING = "Smoothing"
SMOOTHING_SECONDS = "{:g} s"
SMOOTHING_HELP = "Averages each face and the lines over this time. More is calmer and later."
ALERTS = "Alerts"
NEGATIVE = "Unpleasant expressions above"
PRESENCE = "Faces below, of the usual number"
HOLD = "… for at least"
PERCENT, SECONDS = "%d%%", "%d s"
"""How the sliders write their values, as `printf` takes it."""
SOUND = "Soft sound at an alert"
TABLE = "Download table (CSV)"
REPORT = "Make a report"
REPORT_HELP = (
    "Keeps the numbers, alerts and marks of this session as a result on the Recording page. "
    f"{WHO_SEES} The camera stops."
)
REPORT_NAME = "Live class, {when}"
DEMO_REPORT_NAME = "Demo, {when}"
REPORT_EMPTY = "There is nothing to report yet."
CLEAR = "Clear session"
CLEAR_QUESTION = "Deletes the numbers, alerts and marks of this session."
CLEAR_ANSWER = "Clear now"
ABOUT = "What this is, and is not for"
DETECTOR = "Face detector in use: {name}."

MARK_PLACEHOLDER = "mark this moment: new topic"
MARK_LABEL = "Mark this moment"
MARK = "Mark"
MARK_WORD = "mark"
MARK_PRESETS = ("New topic", "Question", "Exercise", "Break")
MARKS = "Marks ({count})"
MARK_AT = "Mark at {clock}"
MARK_DELETE = "Delete the mark at {clock}"
MARK_SHOW = "Show {clock} in the charts"
MARK_SHOWN = "The charts show two minutes around “{text}” at {clock}."
MARK_BACK = "Back to now"

IGNORE = "Ignore parts of the picture"
IGNORE_HELP = (
    "Photographs on a slide or on a wall count as students, unless you ignore them. Draw a box "
    "around them on this plan, or press a face. A press on a hatched box counts its faces again. "
    "Boxes are kept for this session, until you choose another source."
)
IGNORE_WORDS = {
    "plan": "Plan of the picture",
    "area": "Ignored part {number}: count its faces again",
    "face": "Face {number}: ignore it",
}
IGNORE_NONE = "Count all faces again"
STILL = (
    "{faces} did not move for {seconds:.0f} s. Pictures on a slide or on a wall should not count "
    "as students."
)
STILL_IGNORE = "Ignore what does not move"

BARS_TITLE = "Expressions of the class in the chosen time"
SHARES_TITLE = (
    "Expressions over time, from the bottom: pleasant (upright lines), surprised (dots), neutral "
    "(plain), unpleasant (other lines). Light bands: 90% intervals of pleasant and unpleasant"
)
SHARES_TITLE_CLASSES = "Expressions of the class over time"
VALENCE_TITLE = "Valence: from unpleasant to pleasant. The band is its 90% interval"
FACES_TITLE = "Faces in view"
BARS_ALT = "Bars: share of each expression in the chosen time; the largest is {dominant}"
NO_EXPRESSION = "none"
SHARES_ALT = "Areas: shares of all expressions over time, stacked"
VALENCE_ALT = "Line with a band: mean valence over time, its interval, alerts and marks"
FACES_ALT = "Line: faces in view over time"
SHARES_LATER = "From the first picture on: a colour for each expression"
VALENCE_LATER = "From the first picture on: how pleasant the faces look"
FACES_LATER = "From the first picture on: how many faces are in view"
BANNER = "**{text}** It began {ago} ago."
ALERT = "- {clock}: {text}"
ALERT_OVER = " It was over after {seconds:.0f} s."
ALERTS_SO_FAR = "Alerts so far"

CAMERA_PICTURES = (
    "The camera's pictures travel over this page's own connection, a few each second, because no "
    "direct connection for video is used here."
)
CAUSES: dict[str, str] = {
    Cause.BUSY_SERVER: "the server was too busy to answer for {seconds:.0f} s",
    Cause.NETWORK: "the network between this browser and the server was interrupted",
}
CONDITIONS = {
    Condition.NO_RELAY_SERVERS: "{problem}",
    Condition.NEEDS_RELAY: "No connection after {seconds:.0f} s. The camera's video cannot connect "
    "to the server, most likely because of a firewall. A TURN server is needed to relay the "
    f"video. {_HOW_TO_SET}",
    Condition.RELAY_FAILED: "No connection after {seconds:.0f} s. The camera's video cannot "
    "connect to the server, most likely because of a firewall. The TURN server that is set did "
    "not help: check its address and password.",
    Condition.NOT_SECURE: "The browser gives no camera to this page, because it was not opened "
    "over HTTPS. Open it with an address that begins with https://, or on the server itself with "
    "http://localhost.",
    Condition.CAMERA_BLOCKED: "The browser blocks the camera for this page. Click the camera icon "
    "in the address bar and allow the camera, then start it again.",
    Condition.NO_CAMERA: "No camera was found. Connect one, or check that the system lets the "
    "browser use it; or share a window instead.",
    Condition.CAMERA_OFF: "The camera is off. What was measured stays until you clear it.",
    Condition.CAMERA_NOT_STARTED: "Press **Start camera** to begin.",
    Condition.CAMERA_STARTING: "The camera is starting. If the browser asks, allow it to use the "
    "camera.",
    Condition.CAMERA_LOST: "The camera is off, because {cause}, and the connection could not be "
    "made again. Press **Start camera** to go on. What was measured stays until you clear it.",
    Condition.CAMERA_RECONNECTING: "The camera lost its connection, because {cause}. It is being "
    "connected again.",
    Condition.CAMERA_RECONNECTED: "The camera lost its connection for a moment, because {cause}. "
    "It is back, and what was measured before is still there.",
    Condition.PICTURE_REFUSED: "A picture was refused: {problem}.",
    Condition.SHARING_ENDED: "Sharing ended. What was measured stays until you clear it.",
    Condition.SHARING_NOT_STARTED: "Press **Share a window or screen** and choose the window with "
    "your video call, in gallery view.",
    Condition.INTERRUPTED: "No picture for {seconds:.0f} s: the connection is interrupted or the "
    "source is asleep. The page goes on by itself when pictures come again; if they do not, stop "
    "the source and start it again.",
    Condition.READING_FAILED: "A picture could not be read. The page goes on with the next one; "
    "the server's log says more.",
    Condition.NO_FACE: "No face in view for {seconds:.0f} s. Check the camera's direction and the "
    "light; faces need about 24 px to be read.",
    Condition.SERVER_BUSY: "The server is busy and answers up to {seconds:.1f} s late. Fewer live "
    "pages or analyses at a time help, and so does a machine with more cores.",
    Condition.BASIC_DETECTOR: "OpenCV's basic detector (Haar) is in use: it misses small, turned "
    "and dark faces. Without FER_DETECTOR=haar the app takes a better one.",
}
