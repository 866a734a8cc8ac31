"""The pages for students as the server sends them."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import http.client
import json
import re
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from starlette.requests import HTTPConnection
from starlette.status import WS_1013_TRY_AGAIN_LATER
from websockets.exceptions import ConnectionClosed

from fer import purpose
from fer.classroom.mode import Mode
from fer.classroom.refusal import WrongCode
from fer.errors import ModelError, SettingsError, StoreError
from fer.web.join import page, search, texts
from tests.loops import run
from tests.web.join.served import hear, say, student

LARGEST_PAGE = 60_000


def get(served, path: str, **headers):
    """Returns the status, the headers and the text of an answer."""
    request = urllib.request.Request(served.url + path, headers=headers)
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, answer.headers, answer.read().decode()


def test_the_page_and_its_files_are_small_together(served, classroom):
    _, _, html = get(served, f"/join/{classroom.code}")
    loaded = re.findall(r'(?:src|href)="(files/[^"]+)"', html)
    assert {name.split("/")[1].split("?")[0] for name in loaded} == {
        "page.js",
        "page.css",
        "icon.svg",
    }
    whole = len(html) + sum(len(get(served, f"/join/{name}")[2]) for name in loaded)
    print("bytes of the page:", whole)
    assert whole < LARGEST_PAGE
    assert len(gzip.compress(html.encode())) < 10_000


def test_the_page_explains_before_it_asks_for_consent(served, classroom):
    _, _, html = get(served, f"/join/{classroom.code}")
    facts = [*texts.FACTS_DEVICE, *texts.FACTS]
    places = [html.index(sentence.replace("'", "&#39;")) for sentence in facts[:4]]
    places += [html.rindex(sentence.replace("'", "&#39;")) for sentence in facts[4:]]
    assert places == sorted(places)
    assert len(places) == 8
    assert places[-1] < html.index(texts.AGREE)
    assert purpose.LAW in html


def test_a_class_without_cameras_does_not_speak_of_pictures(served, classrooms):
    classroom = classrooms.open("Pulse", mode=Mode.PULSE, individual=True)
    _, _, html = get(served, f"/join/{classroom.code}")
    assert texts.FACTS_PULSE[0] in html
    assert texts.AGREE not in html
    assert texts.NICKNAME not in html
    classrooms.close(classroom.id)


def test_a_title_with_a_script_is_text(served, classrooms):
    classroom = classrooms.open("</script><script>alert(1)</script>", mode=Mode.CAMERA)
    for path in ("", "/projector"):
        _, _, html = get(served, f"/join/{classroom.code}{path}")
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert" in html
    classrooms.close(classroom.id)


def test_the_code_in_the_path_is_text(served):
    status, _, html = get(served, "/join/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert status == 404
    assert "<script>alert" not in html


def test_codes_are_found_as_people_type_them(served, classroom):
    typed = f"{classroom.code[:3].lower()}-{classroom.code[3:].lower()} "
    status, _, html = get(served, f"/join?code={typed.strip()}")
    assert status == 200
    assert classroom.title in html


@pytest.mark.parametrize("path", ["/join", "/join/"])
def test_without_a_code_the_page_asks_for_one(served, path):
    status, _, html = get(served, path)
    assert status == 200
    assert f'<label for="code">{texts.CODE}</label>' in html


def test_a_wrong_code_and_a_class_that_is_over_get_different_answers(served, classrooms):
    classroom = classrooms.open("Over", mode=Mode.PULSE)
    classrooms.close(classroom.id)
    status, _, html = get(served, f"/join/{classroom.code}")
    assert (status, "This class is over" in html) == (410, True)
    status, _, html = get(served, "/join/AAAAAAA")
    assert (status, "No class has this code" in html) == (404, True)


def test_somebody_who_guesses_codes_has_to_wait(serve, classroom):
    """Students who have a ticket do not wait, as a test below shows."""
    with serve() as served:
        answers = [get(served, f"/join/AAAAAA{letter}") for letter in "ACDEFGHJKMNPQ"]
        statuses = [status for status, _, _ in answers]
        assert statuses[0] == 404
        assert statuses[-1] == 429
        assert int(answers[-1][1]["Retry-After"]) >= 1


def test_pages_of_a_class_that_is_over_are_no_guesses(serve, classrooms, classroom):
    """Browsers load the tabs of yesterday's class again, many of them from one school."""
    over = classrooms.open("Over", mode=Mode.PULSE)
    classrooms.close(over.id)
    with serve() as served:
        assert {get(served, f"/join/{over.code}")[0] for _ in range(30)} == {410}
        assert get(served, f"/join/{classroom.code}")[0] == 200


AWAY = [
    StoreError("The database cannot be reached right now."),
    ModelError("The card of the model is missing."),
    SettingsError("a setting is wrong"),
]


@pytest.mark.parametrize("problem", AWAY)
@pytest.mark.parametrize("path", ["", "/projector"])
def test_a_code_that_cannot_be_looked_up_is_no_wrong_one(
    serve, classroom, monkeypatch, problem, path
):
    def away():
        raise problem

    with serve() as served:
        there = search.classrooms
        monkeypatch.setattr(search, "classrooms", away)
        for _ in range(30):
            status, headers, html = get(served, f"/join/{classroom.code}{path}")
            assert status == 503
            assert int(headers["Retry-After"]) > 0
            assert headers["Cache-Control"] == "no-store"
            assert texts.CANNOT_LOOK_UP in html
            assert f'value="{classroom.code}"' in html
        monkeypatch.setattr(search, "classrooms", there)
        status, _, html = get(served, f"/join/{classroom.code}{path}")
        assert (status, classroom.title in html) == (200, True)


def test_while_the_database_is_away_students_connect_again_without_waiting(
    serve, classroom, monkeypatch
):
    def away():
        raise StoreError("The database cannot be reached right now.")

    async def turned_away(served):
        async with served.socket(classroom.code) as client:
            await say(client, type="join", camera="none")
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(client.recv(), 20)
            return closed.value.rcvd.code

    async def visits(served):
        there = search.classrooms
        monkeypatch.setattr(search, "classrooms", away)
        assert {await turned_away(served) for _ in range(30)} == {WS_1013_TRY_AGAIN_LATER}
        monkeypatch.setattr(search, "classrooms", there)
        async with student(served, classroom) as (_, welcome):
            return welcome

    with serve() as served:
        assert run(visits(served))["ticket"]


@pytest.mark.parametrize("path", ["/join", "/join/{code}", "/join/{code}/projector"])
def test_the_policy_of_the_pages_allows_almost_nothing(served, classroom, path):
    _, headers, html = get(served, path.format(code=classroom.code))
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    if path == "/join/{code}":  # the student's device may read faces
        policy = policy.replace(" 'wasm-unsafe-eval'", "", 1)
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "microphone=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert not re.search(r"\s(style|onclick|onload)=", html)
    assert "http" not in "".join(re.findall(r'(?:src|href)="([^"]+)"', html))


def test_browsers_keep_the_files_and_no_other_files_are_served(served):
    _, headers, _ = get(served, "/join/files/page.js")
    assert "immutable" in headers["Cache-Control"]
    assert headers["Content-Type"].startswith("text/javascript")
    for name in ("page.html", "texts.py", "..%2fguard.py", "%2e%2e/guard.py"):
        assert get(served, f"/join/files/{name}")[0] == 404


def test_the_projector_shows_the_address_that_the_browser_used(served, classroom):
    path = f"/join/{classroom.code}/projector"
    _, _, html = get(served, path)
    assert f"127.0.0.1:{served.port}/join" in html
    assert "<svg" in html
    shown = page.projector_page(
        title="",
        code="",
        link=f"https://mood.example/join/{classroom.code}",
        short_link="",
        files="",
    )
    _, _, html = get(served, path, Host="mood.example", **{"X-Forwarded-Proto": "https"})
    square = re.compile(r"<svg.*?</svg>", re.DOTALL)
    assert square.search(html)[0] == square.search(shown)[0]


def test_the_script_has_all_sentences_that_it_shows():
    script = page.file("page.js").decode()
    used = set(re.findall(r"texts\.(\w+)", script)) | {"denied", "missing", "busy"}
    used |= set(re.findall(r'new Error\("(\w+)"\)', script)) - {"late"}
    assert used == set(texts.SCRIPT)
    assert json.loads(json.dumps(texts.SCRIPT)) == texts.SCRIPT


def test_guessing_does_not_lock_out_a_student_of_the_class(serve, classroom):
    """The guesses come as fast as one client can make them, while a student is in the class."""
    asked = {404: 0, 429: 0}

    def guess(port):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for number in range(300):
            connection.request("GET", f"/join/ACD{number:04}")
            answer = connection.getresponse()
            answer.read()
            asked[answer.status] += 1
        connection.close()

    async def visit(served):
        async with student(served, classroom) as (client, welcome):
            guessing = asyncio.create_task(asyncio.to_thread(guess, served.port))
            waits = []
            while not guessing.done():
                began = time.monotonic()
                await say(client, type="here")
                await hear(client, "here")
                waits.append(time.monotonic() - began)
                await asyncio.sleep(0.25)
            await guessing
            # The student's connection breaks, and the student comes back from the same address.
            async with served.socket(classroom.code) as again:
                await say(again, type="resume", ticket=welcome["ticket"])
                await hear(again, "welcome")
            return waits

    with serve() as served:
        waits = run(visit(served))
    print(f"guesses looked up: {asked[404]}; slowest answer to the student: {max(waits):.3f} s")
    assert asked[404] <= 20
    assert sum(asked.values()) == 300


def test_ten_thousand_guesses_from_a_thousand_addresses_get_nowhere(serve, classroom):
    async def guess(number):
        scope = {
            "type": "http",
            "headers": [],
            "client": (f"10.0.{number % 1000 // 250}.{number % 250}", 1),
            "path_params": {"code": f"ACD{number:04}"},
        }
        try:
            await search.find(HTTPConnection(scope))
        except WrongCode:
            return True
        except search.TooManyGuesses:
            return False
        raise AssertionError("a guess was right")

    async def all_guesses():
        return [await guess(number) for number in range(10_000)]

    with serve():
        began = time.monotonic()
        looked_up = sum(run(all_guesses()))
        seconds = time.monotonic() - began
    print(f"{looked_up} of 10,000 guesses were looked up in {seconds:.1f} s")
    assert looked_up <= 2000 + 5 * seconds + 1


def test_a_database_that_is_slow_to_open_holds_up_nobody_else(serve, classroom, monkeypatch):
    asked_for, opened = threading.Event(), threading.Event()

    def slow():
        asked_for.set()
        assert opened.wait(20)
        return there()

    with serve() as served, ThreadPoolExecutor() as students:
        there = search.classrooms
        monkeypatch.setattr(search, "classrooms", slow)
        asked = students.submit(get, served, f"/join/{classroom.code}")
        try:
            assert asked_for.wait(20)
            assert get(served, "/join")[0] == 200
            assert not asked.done()
        finally:
            opened.set()
        assert asked.result(20)[0] == 200


def test_students_who_wait_for_the_database_leave_threads_for_others(serve, classroom, monkeypatch):
    opened = threading.Event()

    def slow():
        assert opened.wait(20)
        return there()

    async def look_up(number):
        scope = {
            "type": "http",
            "headers": [],
            "client": (f"10.0.0.{number}", 1),
            "path_params": {"code": classroom.code},
        }
        return await search.find(HTTPConnection(scope))

    async def all_at_once():
        students = [asyncio.create_task(look_up(number)) for number in range(100)]
        await asyncio.sleep(0)  # each of them asks for a thread now
        try:
            assert await asyncio.wait_for(anyio.to_thread.run_sync(lambda: "page"), 10) == "page"
        finally:
            opened.set()
        return await asyncio.gather(*students)

    with serve():
        there = search.classrooms
        monkeypatch.setattr(search, "classrooms", slow)
        assert set(run(all_at_once())) == {classroom}


def test_students_who_leave_while_the_database_stands_still_leave_threads_for_others(
    serve, classroom, monkeypatch
):
    """At the end of a lesson they held all threads that hand out files until it was given up."""
    answers = threading.Event()
    leave = classroom.leave

    def slowly(left):
        assert answers.wait(60)
        leave(left)

    async def all_leave(served):
        async with contextlib.AsyncExitStack() as visits:
            students = [
                (await visits.enter_async_context(student(served, classroom)))[0] for _ in range(45)
            ]
            monkeypatch.setattr(classroom, "leave", slowly)
            for each in students:
                await say(each, type="leave")
            file = asyncio.to_thread(get, served, "/join/device/0/no-such-file")
            try:
                status, _, _ = await asyncio.wait_for(file, 10)
            finally:
                answers.set()
            for each in students:
                await hear(each, "left")
            return status

    with serve() as served:
        assert run(all_leave(served)) == 404


@pytest.mark.parametrize(("clients", "tries"), [(1, 1), (100, 10)])
def test_nobody_waits_for_one_try_after_another_while_the_database_does_not_answer(
    serve, monkeypatch, clients, tries
):
    """The last student of a school waited for minutes, as each try takes seconds."""
    given_up = threading.Event()
    tried = []

    def away():
        tried.append(1)
        assert given_up.wait(20)
        raise StoreError("The database cannot be reached right now.")

    async def look_up(number):
        scope = {
            "type": "http",
            "headers": [],
            "client": (f"10.0.0.{number % clients}", 1),
            "path_params": {"code": "ACD2345"},
        }
        with pytest.raises(StoreError, match="cannot be reached"):
            await search.find(HTTPConnection(scope))

    async def all_at_once():
        students = [asyncio.create_task(look_up(number)) for number in range(100)]
        await asyncio.sleep(0)  # each of them waits now
        given_up.set()
        await asyncio.gather(*students)

    with serve():
        monkeypatch.setattr(search, "classrooms", away)
        run(all_at_once())
    assert len(tried) <= tries
