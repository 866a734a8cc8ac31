"""All texts of the students' page, in one place for whoever translates them."""

from __future__ import annotations

from fer import purpose
from fer.classroom.pulse import Answer, Pulse
from fer.web.join.messages import Reason

HEADING = "Join a class"
NO_SCRIPT = (
    "This page needs JavaScript. Allow it for this site in the browser's settings, then load the "
    "page again."
)

CODE = "Code of the class"
CODE_HINT = "The instructor shows it. Capital and small letters, spaces and hyphens do not matter."
GO = "Continue"

ASK_HEADING = "What happens to your picture"
_BY_CHOICE = (
    "You can pause or leave at any time, and you can join without a camera: nobody learns which "
    "you chose."
)
CHOOSING = "The page is finding out whether this device can read faces itself …"
FACTS_DEVICE = (
    "If you agree, this device reads from your camera's picture how your face looks, for example "
    "happy or neutral. The picture stays on this device.",
    "At most once a second, this device sends the result to this app's server: the "
    "probabilities of the expressions, in less than 400 bytes.",
    "The instructor sees numbers for the class as a whole.",
    _BY_CHOICE,
)
FACTS = (
    "If you agree, your browser sends small pictures from your camera to this app's server, at "
    "most two a second.",
    "The server reads from each picture how your face looks, for example happy or neutral, adds "
    "that to the numbers of the class and deletes the picture at once; nothing is recorded.",
    "The instructor sees numbers for the class as a whole, never your picture.",
    _BY_CHOICE,
)
ASK_HEADING_PULSE = "What happens in this class"
FACTS_PULSE = (
    "This class runs without cameras: the page never asks for yours.",
    "You can say with one tap that you are lost, or that everything is clear.",
    "The instructor sees how many students pressed a button, never who.",
    "You can leave at any time.",
)
INDIVIDUAL_LEGEND = "Only if you want to"
INDIVIDUAL = (
    "The instructor may also see my own smoothed reading under a nickname, until the class ends or "
    "I leave. My picture is not shown and the reading is not stored."
)
NICKNAME = "Nickname"
AGREE = "I agree: use my camera"
WITHOUT = "Join without a camera"
JOIN = "Join"
MORE = "What this is for, and what it is not for"
NOT_FOR = f"It must not be used for {purpose.NOT_FOR}."

CHECK = "How to check what this page sends"
HOW_TO_CHECK = (
    "On a computer, open the browser's developer tools (F12, on a Mac Option-Command-I), choose "
    "Network, load the page again and join. Then choose the connection named “socket”, and in it "
    "Messages: this is all that the page sends. A picture has thousands of bytes; no message "
    "of a device that reads by itself has more than 400.",
    "The browser lets this page connect to this server and to no other; it says so under Network, "
    "in the header Content-Security-Policy of the page.",
    "In the background, some browsers stop the camera or slow the page down, above all on phones. "
    "Nothing is read then, until you come back to the page.",
    "The scripts that read faces are short and made to be read:",
)

PICK_HEADING = "Is this the right camera?"
PICK_HINT = "Nothing is sent yet. Your face should fill about a third of the picture's height."
CAMERA = "Camera"
SHARE = "Use this camera"
PREVIEW = "Your camera's picture"

PULSE_HEADING = "How is it going?"
PULSE_HINT = "Press at any time. Nobody sees who pressed, and a press fades after a few minutes."
PULSES = {
    Pulse.LOST: "I am lost",
    Pulse.SLOWER: "Slower, please",
    Pulse.FASTER: "Faster, please",
    Pulse.CLEAR: "All clear",
}
ANSWERS = {Answer.YES: "Yes", Answer.SO_SO: "So-so", Answer.LOST: "I am lost"}

PAUSE = "Pause camera"
GO_ON = "Use camera again"
ADD_CAMERA = "Join with my camera"
WITHDRAW = "Stop showing my own reading"
LEAVE = "Leave class"
AGAIN = "Join again"
OTHER_CODE = "Enter another code"

SCRIPT = {
    "onDevice": "This device reads your face itself. No picture leaves it.",
    "byPictures": "Small pictures are sent to this app's server, which reads them.",
    "noRuntime": "This server does not let devices read faces by themselves.",
    "noSimd": "This browser is too old to read faces itself.",
    "slow": "This device is too slow to read faces itself.",
    "failed": "The part that reads faces on this device could not be started.",
    "readerLost": "This device can no longer read faces, and no picture was sent instead. Load the "
    "page again, or leave the class and join again.",
    "sent": "Sent by this page so far: {size}. No picture has left this device.",
    "sentPictures": "Sent by this page so far: {size}; small pictures: {pictures}.",
    "wasHidden": "In the background, this browser stopped the camera. Nothing was read meanwhile.",
    "reading": "Your camera is on. This device reads it, and no picture leaves it.",
    "sharing": "Your camera is on. Small pictures of it are sent.",
    "paused": "Your camera is off. Nothing is sent.",
    "without": "You have joined without a camera.",
    "connecting": "Connecting …",
    "reconnecting": "The connection is lost. The page connects again by itself.",
    "offline": "This device is offline. The page connects again when the network is back.",
    "turn": "Too many codes were tried from your network. This page joins by itself in about "
    "{seconds} s.",
    "withdrawing": "The server is told that the instructor must no longer see your own reading.",
    "withdrawn": "The instructor no longer sees your own reading.",
    "leaving": "You are leaving the class, and nothing about you is read any longer. Keep this "
    "page open until it says that you have left.",
    "left": "You have left the class. What the server kept about you alone has been deleted.",
    "pulsed": "The instructor sees that somebody pressed, but not who.",
    "pulseEarly": "Too few students have joined for the instructor to see anything yet. Press "
    "again in a while.",
    "pressWaits": "This is sent as soon as the page is connected.",
    "pressLost": "This could not be sent. Press again when the page is connected.",
    "answered": "Your answer is counted. Thank you.",
    "looks": "You look: {emotion}",
    "unsure": "Your face was seen, but the reading is unsure.",
    "unread": "Your face was seen, but it is too small, turned away or blurred to be read.",
    "noFace": "No face is in the picture.",
    "waiting": "The first reading takes a moment.",
    "camera": "Camera {number}",
    "notSecure": "The browser does not let this page use the camera, because it was not opened "
    "over HTTPS. Open it with an address that begins with https://, or join without a camera.",
    "denied": "The browser does not let this page use the camera. Allow the camera for this site "
    "in the browser's settings and try again, or join without a camera.",
    "busy": "Another program is using the camera. Close it and try again, or join without a "
    "camera.",
    "missing": "No camera was found. Connect one and try again, or join without a camera.",
    "unsupported": "This browser cannot use a camera. Use a newer one, or join without a camera.",
    "ended": "The camera stopped. Connect it again or close the other program that uses it, then "
    "press “Use camera again”.",
}
"""Sentences that the script shows."""

EMOTIONS = {
    "angry": "angry",
    "contempt": "contemptuous",
    "disgust": "disgusted",
    "fear": "afraid",
    "happy": "happy",
    "sad": "sad",
    "surprise": "surprised",
    "neutral": "neutral",
}
"""How a face looks, as the end of "You look: ..."."""

REFUSALS = {
    Reason.ELSEWHERE: "You have opened this class in another tab or window. Continue there, or "
    "join again here.",
    Reason.TOO_MUCH: "This page sent more than the server accepts. Load it again.",
    Reason.NOT_UNDERSTOOD: "This page and the server do not understand each other. Load the page "
    "again.",
    Reason.NO_ROOM: "The server has no room for another student now. Try again in a few minutes.",
}
"""Why the server ends a connection, for the reasons that `fer.classroom.refusal` does not cover."""

NO_ROOM_FOR_PICTURES = (
    "The server is busy: it has no memory to read the pictures of another camera now. Try again in "
    "a minute, or join without a camera."
)

TOO_MANY_GUESSES = "Too many codes were tried from your network. Try again in {seconds} s."

CANNOT_LOOK_UP = (
    "The server cannot look up classes right now. This is not your fault: try again in a moment."
)

PROJECTOR_OPEN = "Scan the QR code, or open"
PROJECTOR_CODE = "and enter the code"
QR_ALT = "QR code with the address of this class"
