"""All texts of the page for operators, in one place for whoever translates them."""

from __future__ import annotations

from fer.jobs.job import JobState

TITLE = "Server"
ABOUT = "How the app is doing on this server. Only operators see this page."
NOT_OPERATOR = "Only operators may see this page: sign in with the app's password."

HEALTH = "Can it serve visitors?"
SETTINGS_FINE = "All settings can be read."
CORRECT_IT = "Correct it; docs/operators/settings.md lists all settings."
DATABASE_FINE = "{address} answers within {milliseconds:.1f} ms."
MODELS_FINE = "The detector “{detector}” and the model {model} are loaded."

NOW = "Now"
UNKNOWN = "–"
PAGES = "Open pages"
STUDENTS = "Students"
STREAMS = "Video streams"
RATE = "Pictures read"
RATE_VALUE = "{rate:.1f} / s"
DELAY = "Reading delay"
DELAY_HELP = "The longest time from a picture to its reading, in the last ten seconds."
LAG = "Event loop lag"
LAG_HELP = "Every page, camera and student waits this long. Above half a second the server is full."
MILLISECONDS = "{ms:.0f} ms"
MEMORY = "Memory"
MEMORY_VALUE = "{mb:.0f} MB"
MEMORY_HELP = "Of the app itself. With the decoders of analyses it may use {limit:,.0f} MB."
DATABASE = "Database"
QUEUE = "Analyses waiting"
RUNNING = "Analyses running"
ERRORS = "Errors"
ERRORS_HELP = "In the log since the start."
FAULTS = "Faults met"
FAULTS_HELP = "Unexpected errors that visitors met since the start."

JOBS = "Analyses"
NO_JOBS = "No analysis is waiting, running or interrupted."
JOB = "{name}, {state}, {part:.0%}"
JOB_OF = "{name} of {owner}, {state}, {part:.0%}"
STATES = {
    JobState.WAITING: "waiting",
    JobState.RUNNING: "running",
    JobState.INTERRUPTED: "interrupted",
}
END = "End"
END_QUESTION = "Its upload is deleted, and nothing of it is kept."
END_ANSWER = "End this analysis"

PROBLEMS = "Last errors"
NO_PROBLEMS = "No errors since the start."
PROBLEMS_ABOUT = (
    "The number is what a visitor was shown. Every line of the log that belongs to it has it, too."
)
WHEN, NUMBER, PART, WHAT = "When", "Number", "Part of the app", "What happened"
