"""What belongs to people is taken out of lines, and nothing else."""

from pathlib import Path

import pytest

from fer.classroom.ticket import hashed, new_secret
from fer.logs.scrub import Scrubber
from fer.logs.set_up import scrubber_for
from fer.settings import Settings

HERE = Path("results").absolute()
scrubber = Scrubber([Path("/srv/films")], [Path("/data/results"), Path("results")], ["pass-word"])


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        ('203.0.113.77:5123 - "WebSocket"', '203.0.113.…:5123 - "WebSocket"'),
        ("from ('10.1.2.3', 443)", "from ('10.1.2.…', 443)"),
        ("2001:db8:1:2::77 left", "2001:0db8:0001:… left"),
        ("::ffff:203.0.113.77", "::ffff:203.0.113.…"),
        ("at 127.0.0.1 and ::1, 12:34:56, 0.0.0.0", None),
        ("uvicorn 0.54.1.2.3 and Streamlit 1.67.0", None),
        ("ann.smith+x@school.example.org signs in", "…@… signs in"),
        ('"WebSocket /mood/join/ACD4F7K/socket"', '"WebSocket /mood/join/…/socket"'),
        ("GET /join/files/page.js", None),
        ('File "/srv/app/fer/web/join/routes.py", line 68', None),
        ("GET /class?invitation=abc&next=/x done", "GET /class?… done"),
        ("why? because=of that", None),
        ("DETAIL:  Key (title)=(Physics) exists", "DETAIL: …"),
        ("the pass-word is wrong", "the … is wrong"),
        ("at '/data/results/abc/upload/Ann O\\'Brien.mp4'", "at '/data/results/abc/…'"),
        ('in "/data/results/abc/upload/it\'s.mp4" ends', 'in "/data/results/abc/…" ends'),
        ("in /data/results/abc/upload/Ann Smith.mp4", "in /data/results/abc/…"),
        (f"'{HERE}/abc/upload/x.mp4'", f"'{HERE}/abc/…'"),
        ("[Errno 28]: '/data/results/classes.db'", None),
        ("[Errno 28]: '/srv/films/Ann.mp4'", "[Errno 28]: '/srv/films/…'"),
        ('File "/srv/app/fer/jobs/board.py", line 3, in _run', None),
        ("in test_what_was_cancelled_at_the_last_moment_does_not_go_on", None),
    ],
)  # fmt: skip
def test_what_is_logged(text, logged):
    assert scrubber.scrub(text) == (text if logged is None else logged)


def test_tickets_hashes_and_visits_are_hidden_and_jobs_are_not():
    for _ in range(200):
        secret = new_secret()
        assert secret not in scrubber.scrub(f"resume {secret} {{'ticket': '{secret}'}}")
        assert hashed(secret) not in scrubber.scrub(f"key={hashed(secret)}")
    visit = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    assert scrubber.scrub(f"visit {visit}.") == "visit …."
    assert (
        scrubber.scrub("job 0533b32bcb7c65cf8875c79e failed")
        == "job 0533b32bcb7c65cf8875c79e failed"
    )


def test_secrets_of_the_settings_are_hidden():
    settings = Settings(
        password="open sesame",
        turn_secret="shared",
        database="postgresql://fer:hidden-one@db.example.org/mood",
        recordings=Path("/srv/films"),
        results=Path("/data"),
    )
    said = scrubber_for(settings).scrub(
        "open sesame, shared, hidden-one at db.example.org, '/srv/films/Ann.mp4', '/data/a/b.mp4'"
    )
    assert said == "…, …, … at db.example.org, '/srv/films/…', '/data/a/…'"
