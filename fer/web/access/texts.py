"""All texts about signing in, in one place for whoever translates them."""

from __future__ import annotations

SIGN_IN = "Sign in"
SIGN_OUT = "Sign out"
FOR_INSTRUCTORS = (
    "This page is for instructors, because it shows the mood of classes and keeps their reports."
)
WITH_PASSWORD = "Sign in with the password"
WITH_ACCOUNT = "Sign in with your account"
NOT_ON_LIST = (
    "The account {account} is not on the list of instructors. Ask whoever runs this app to add it "
    "to `FER_ACCOUNTS`, or sign in with another account."
)
NO_PROVIDER = (
    "Accounts cannot sign in yet: `FER_ACCOUNTS` is set, but Streamlit's secrets name no provider. "
    "`docs/operators/deploy.md` says what the person who runs this app has to add."
)
SHUT_TITLE = "This app has no password yet"
SHUT = """
Others can reach this app at this address, and nothing keeps them out. So that nobody can see or
delete the results of other people's classes, the pages for instructors stay closed until the person
who runs the app has set one of these and restarted it:

- **a password:** set `FER_PASSWORD`. On Heroku: `heroku config:set FER_PASSWORD=...`; on Streamlit
  Community Cloud: a line `FER_PASSWORD = "..."` in the app's secrets; in a container:
  `--env FER_PASSWORD=...`. You can also set a hash that `python -m fer password` makes, so that the
  password itself is written nowhere.
- **accounts:** set `FER_ACCOUNTS` to the addresses or domains that may sign in, such as
  `ann@school.org, @college.edu`, and name the provider in Streamlit's secrets;
  `docs/operators/deploy.md` says how.

On the computer that runs the app, `http://localhost` needs neither.
"""

PAGE_TITLE = "Sign in"
PASSWORD = "Password"
WRONG = "This is not the password. Check capital and small letters, and try again."
WAIT = "There were too many wrong passwords. Try again in {seconds} s."
NO_PASSWORD = "This app has no password. Go back to the app and sign in as it says there."
ELSEWHERE = "The form was sent from another page. Open this page again and sign in here."
TOO_LONG = "This is not the password. It is longer than any password may be."
TOO_SLOW = "The password did not arrive. Try again."
BACK = "Back to the app"
"""The texts from PAGE_TITLE on are those of the page for the password."""
