"""All texts of the model page, in one place for whoever translates them.

The page replaces the words in braces. Texts may contain Markdown.
"""

from __future__ import annotations

from fer.faces.core import FaceState
from fer.model_card import SELECTION

TITLE = "How far to trust the model"
NO_MODEL = "There is no model that can be used. `python train.py` makes one."
MODEL = "Model"
IN_USE = "{title} (in use)"
COMPARE = "Compare with"
COMPARE_NONE = "nothing"
COMPARE_IMPOSSIBLE = "no other model is installed"
USE = "Use this model on my pages"
USE_ABOUT = (
    "A live session that you have begun starts anew, because readings of two models cannot be "
    "added. Make its report before."
)
UNUSABLE_CARD = "The model of the settings cannot be shown: {problem}."
UNUSABLE = "{title} cannot be used: {problem}"

VERDICT_VOTES = (
    "**At least {tenths} in 10 single faces are read as most of ten people would say** "
    "({share:.0%}; faces on which people's answers tie are not counted)."
)
VERDICT_LABELS = (
    "**At least {tenths} in 10 single faces are read as the labels of the test faces say** "
    "({share:.0%})."
)
VERDICT_UNSURE = "It calls {unsure:.0%} of them *unsure*; of the others {right:.0%} are right."
VERDICT_SHARES = (
    "**The shares of a class are right within about {often:.0f} points** on average over 250 "
    "readings, and within {once:.0f} for a single look at 25 faces."
)
VERDICT_SHARES_PRESS = (
    "On photographs from the press, those of a mostly neutral class are right within about "
    "{press:.0f} points."
)
VERDICT_SHARES_NONE = "Nobody has measured how right the shares of a class are."
VERDICT_PRESS = (
    "Tested on photographs from the web and the press, not in classrooms: trust the trend of a "
    "class, and never one face at one moment."
)
VERDICT_WHERE = (
    "Tested on photographs from the web, not in classrooms: trust the trend of a class, and never "
    "one face at one moment."
)
VERDICT_NONE = "**Nobody has measured how often this model is right.** Trust it for nothing."

# The figures that people ask for first: key in the card, name, what it is.
FIGURES = (
    ("accuracy", "Accuracy", "Share of the faces read right."),
    ("uar", "UAR", "Unweighted average recall: the mean over the classes."),
    ("macro_f1", "Macro F1", "Mean F1 over the classes."),
    ("ece", "ECE", "Expected calibration error: how far confidence is off, on average."),
    ("answered_at_90", "Answered at 90%", "Largest share that is 90% right."),
)
NO_FIGURE = "–"
SIZE = "Size"
SIZE_VALUE = "{millions:.2f} M"
SIZE_UNKNOWN = "unknown"
SIZE_HELP = "Parameters."
SIZE_COST = "Parameters; {mmacs:.0f} million multiply-accumulates a pass, at most {passes} a face."
MEASURED_ON = (
    "Measured on {name} ({faces:,} faces); the accuracy's 95% interval is {low:.1%} to {high:.1%}."
)
OTHER_FACES = (
    "{title} was measured on other faces ({name}, {faces:,} of {classes} classes), so no "
    "differences are shown."
)
NEUTRAL_READ_NEGATIVE = (
    "{share:.1%} of the neutral faces among them are read as angry, disgusted, afraid or sad."
)
OTHER_HEAD = (
    "The network has a second head, which learned FER2013's own labels, as most other networks "
    "have. By those labels it is right on {accuracy:.1%} of PrivateTest (95% interval {low:.1%} "
    "to {high:.1%}). No other page uses it."
)
HOW_TO_MEASURE = (
    "The card of {title} lacks these figures. They are measured and added by "
    "`python evaluate.py --data PATH --model {path} --card`, where PATH is FER2013 or faces in its "
    "layout."
)

TAB_CLASSES = "Classes"
TAB_CONFIDENCE = "Confidence"
TAB_ROBUSTNESS = "Robustness"
TAB_ORIGIN = "Where it comes from"
TAB_TRY = "Try a picture"
CONFUSION = "Confusion matrix"
CLASS_FIGURES = "Precision, recall and F1 of each class"
ON_SELECTION = "{title}, on " + SELECTION
RELIABILITY = "Is it as sure as it is right?"
COVERAGE = "What if it only speaks when sure?"
LIMIT = (
    "{title}: readings with a confidence below {limit:.0%} count as *unsure* on all pages. The "
    f"limit was chosen on {SELECTION}, for {{right:.0%}} right among the faces answered."
)
NO_LIMIT = "{title} has no limit of confidence: none of its readings is *unsure*."
ROBUSTNESS_NOTE = (
    "Accuracy on PrivateTest with the faces shifted, scaled, turned or degraded; by the most of "
    "ten votes where the model was measured by them."
)

CONVERTED_FROM = "**Converted from** `{source}`"
NO_ORIGIN = (
    "Its card says nothing of the faces that it has learned from, who is missing from them, or its "
    "licence. Ask whoever made it."
)
COMMAND = "The command that made it"
TRAINING = "Training"
WHOLE_CARD = "The whole card"

PICTURE = "A picture with faces (JPEG or PNG)"
PICTURE_NOTE = (
    "The picture is deleted from the server's disk as soon as it has arrived. It stays in memory "
    "until you remove it here, or until two minutes after you close the page. What is read from it "
    "is not stored."
)
PICTURE_REFUSED = "{name}: {problem}. Choose another one."
NO_FACE = "No face was found, so the whole picture is read as one face."
WHOLE_PICTURE = "whole picture"
FACES_FOUND = "1 face, found by {detector}."
FACES_FOUND_MORE = "{count} faces, found by {detector}."
FACE = "face {number}{state}"
STATES = {
    FaceState.READ: "",
    FaceState.UNSURE: " (unsure)",
    FaceState.UNREAD: " (too small, turned or blurred)",
}
MOST_CERTAIN = "The twelve most certain ones are shown."
