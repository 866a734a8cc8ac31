from fer.checks.check import Outcome
from fer.checks.database import check_database
from fer.settings import Settings
from fer.store.database import Database


def test_a_new_file_is_made_by_the_app_and_not_by_the_check(tmp_path):
    settings = Settings(results=tmp_path)
    assert check_database(settings, {}).outcome == Outcome.GOOD
    assert list(tmp_path.iterdir()) == []
    heroku = check_database(settings, {"DYNO": "web.1"})
    assert heroku.outcome == Outcome.WARNING
    assert "PostgreSQL" in heroku.remedy


def test_a_database_in_use_is_good(url):
    settings = Settings(database=url)
    Database(url.replace("postgres://", "postgresql+psycopg://")).close()
    check = check_database(settings, {"DYNO": "web.1"} if "postgres" in url else {})
    assert check.outcome == Outcome.GOOD
    assert "pass-word-of-test" not in check.finding


def test_a_database_that_cannot_be_used_is_named():
    away = check_database(Settings(database="postgres://u:secret@127.0.0.1:1/x"), {})
    assert away.outcome == Outcome.BAD
    assert "secret" not in away.finding
    assert check_database(Settings(database="mysql://x/y"), {}).outcome == Outcome.BAD
