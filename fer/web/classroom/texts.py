"""All texts of the class page, in one place for whoever translates them.

The page replaces the words in braces. Texts may contain Markdown.
"""

from __future__ import annotations

from fer import purpose
from fer.classroom.mode import Mode
from fer.classroom.pulse import Answer, Pulse

TITLE = "Class"
CANNOT_START = "The class page cannot start: {problem}"

OPEN_HEADING = "Open a class"
OPEN_ABOUT = """
Students join from their own phones or laptops, with a code that you show them. They are asked for
their consent first, can pause and leave at any time, and can join without a camera. You see the
class as a whole.
"""
NAME = "Title"
NAME_PLACEHOLDER = "Linear algebra, week 7"
NAME_WITHOUT = "Class"
MODE = "What students share"
MODES = {Mode.PULSE: "Pulse only: no cameras", Mode.CAMERA: "Cameras, by choice, and pulse"}
MODE_ABOUT = {
    Mode.PULSE: "Students press *lost*, *slower*, *faster* or *clear* and answer your questions, "
    "anonymously. Nothing about anybody's face or body is recorded or read. **Recommended for the "
    f"European Union.** {purpose.LAW} A class without cameras infers no emotions.",
    Mode.CAMERA: "The devices of students who agree read how their faces look, and send numbers "
    "only. A device that cannot do this sends small pictures; the server reads and then deletes "
    f"them. {purpose.LAW} {purpose.CONSENT}",
}
K = "Fewest students for whom numbers are shown ({fewest} to {most})"
K_HELP = (
    "Numbers for fewer students are never shown, not even in the report. With fewer than five, it "
    "would be easier to recognise a student."
)
REHEARSAL = "Rehearsal: I am trying it out alone"
REHEARSAL_ABOUT = (
    "The numbers of a single person are shown. Use this only for yourself, never with students."
)
INDIVIDUAL = "Students may choose to show me their own reading"
INDIVIDUAL_HELP = (
    "Each student is asked. Those who agree appear with a nickname, without a picture, until they "
    "change their mind or the class ends. None of it is kept."
)
ENDS = "Ends by itself"
ENDINGS = {
    45: "after 45 minutes",
    90: "after 90 minutes",
    180: "after 3 hours",
    720: "after 12 hours, the longest time",
}
OPEN = "Open the class"
GOING_ON = "Your classes that are still open"
GO_TO = "{title}, {code}"

CODE = "Code"
JOIN_HINT = "Students open this address, or **{join}** with the code."
PROJECTOR = "Show on the projector"
ENDS_AT = "The class ends by itself at {when}."
ONLY_THIS_COMPUTER = (
    "Students cannot join at this address: on their devices it means the device itself. The app "
    "needs an address that they can reach, with HTTPS and a password; `docs/operators/deploy.md` "
    "says how. Then open this page under that address. Until then, you can try the class out on "
    "this computer."
)
NO_CAMERAS_HERE = (
    "Students' browsers do not let this page use a camera, because its address does not begin with "
    "https://."
)

CO_TEACHER = "Link for a co-teacher"
CO_TEACHER_ABOUT = (
    "Whoever has the link sees what you see of this class, and can mark moments and ask questions, "
    "until you revoke the link or the class ends. They cannot end the class or change when alerts "
    "are raised. A new link replaces the one before."
)
LINK_MAKE = "Make a link"
LINK_REVOKE = "Revoke it"
REVOKED = "This link does not open a class any more. Ask for a new one."

LIMITS = (
    "The instructor of this class has set when alerts are raised: for unpleasant expressions above "
    "{negative:.0%}, and for faces below {presence:.0%} of the usual number, each for at least "
    "{hold:.0f} s."
)

ROOM_SOURCE = "Add a camera in the room, or a shared window"
ROOM_SOURCE_HELP = (
    "All faces that it shows count in the numbers of the class. Ask everyone in the picture first."
)

STUDENTS = "Students"
STUDENTS_HELP = "Students who are connected now, with or without a camera."
WAITING_NONE = "Nobody has joined yet. Show the class the code."
WAITING = (
    "Students here: {present} of at least {k}. To keep everybody anonymous, numbers appear once "
    "{k} have joined."
)
WAITING_SECONDS = "Students here: {present}. The first numbers come within a few seconds."
REHEARSAL_NOW = "This is a rehearsal: the numbers of a single person are shown."
NO_FACES = "Too few students share a camera to show numbers about faces."

PULSES = {
    Pulse.LOST: "Lost",
    Pulse.SLOWER: "Slower",
    Pulse.FASTER: "Faster",
    Pulse.CLEAR: "Clear",
}
PULSE_HELP = "Students who pressed this in the last minutes. Nobody sees who pressed."
PULSE_FADES = "Presses of the last minutes. A press fades after a few minutes."
PULSE_CHART = "Pulse over time"
PULSE_AXIS = "students"
PULSE_ALT = "Lines: how many students pressed lost, slower, faster and clear over time"

QUESTION_HEADING = "Ask the class"
QUESTION_PRESETS = ("Clear so far?", "Ready to go on?")
QUESTION_TEXT = "Question of your own"
QUESTION_PLACEHOLDER = "your own question"
QUESTION_LONG = (
    "The question has not been asked: it has {letters} letters, and {longest} fit on students' "
    "screens. Shorten it, then press Ask again."
)
ASK = "Ask"
ANSWERS = {Answer.YES: "Yes", Answer.SO_SO: "So-so", Answer.LOST: "Lost"}
TALLY_WAITING = "Answers appear once {k} students have answered."
TALLY_TOO_FEW = "Answers are shown while at least {k} students are here."
TALLY_IN_STEPS = (
    "Answers are counted in steps of at least {k}, so that nobody's answer can be told. The last "
    "few may be missing."
)
TALLY_NONE = "Nobody has answered yet."
END_QUESTION = "End the question"

TILES_HEADING = "Students who show their own reading"
NOTICE_PULSE = f"""
**What this page shows.** How many students press *lost*, *slower*, *faster* and *clear*, and what
they answer to your questions. The class has no cameras, so nothing about anybody's face or body is
read. Who pressed is not known.

**What is stored.** The numbers that you could see, a row a second, your marks and your questions.

**What it must not be used for.** {purpose.NOT_FOR[0].upper() + purpose.NOT_FOR[1:]}.
"""

TILES_HELP = (
    "They chose this themselves, and are listed by nickname. The words say how a face looks, over "
    "some ten seconds, and nothing about what somebody thinks or needs: one face is often read "
    "wrongly. Where several copies of the app serve this class, only students of the copy that "
    "shows this page are listed: what one student's face looks like never leaves the memory of one "
    "copy, and is never stored."
)
NO_NICKNAME = "no nickname"
TILE_NOTHING = "shares nothing now"
TILE_LONG = "for a minute or longer"

END = "End the class"
END_QUESTION_SURE = "All students are disconnected, and the report on the class is shown."
END_ANSWER = "End now and show the report"
OVER = "The class “{title}” is over."
REPORT = "Show the report"
ANOTHER = "Open another class"
STORE_AWAY = "This needs the database. {problem} Try again in a moment."
ALONE_NOW = (
    "The database is away. The numbers go on, from this server only, and are written to the "
    "database later."
)
STORE_AWAY_NOW = (
    "The database cannot be reached, so the numbers stand still. The class goes on; what happens "
    "is kept in memory and written later."
)
