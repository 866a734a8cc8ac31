import pytest

from fer.classroom.classrooms import Classrooms
from fer.classroom.consent import Camera, Consent
from fer.classroom.mode import Mode
from fer.classroom.refusal import ClassOver, WrongCode
from fer.errors import StoreFault
from fer.store.database import Database
from fer.store.store import Store
from tests.classroom.school import School
from tests.fakes import wait_for
from tests.mood.faces import bucket


def test_a_class_is_entered_by_its_code():
    school = School()
    room = school.open()
    assert school.rooms.by_code(f" {room.code[:3]}-{room.code[3:].lower()}") is room
    assert school.rooms.by_id(room.id) is room
    for wrong in ("", "AAAAAAA", room.code[:-1], room.code + "A"):
        with pytest.raises(WrongCode):
            school.rooms.by_code(wrong)
    school.rooms.close(room.id)
    with pytest.raises(ClassOver):
        school.rooms.by_code(room.code)
    assert school.rooms.by_id(room.id) is None


def test_a_class_ends_when_its_time_is_up():
    school = School()
    room = school.open(ends=school.time + 60)
    school.join("ann")
    school.run(59)
    assert room.closed is None
    school.run(2)
    assert room.closed == room.facts.opened + 60
    assert room.now == 60
    with pytest.raises(ClassOver):
        school.rooms.by_code(room.code)
    assert room.present(school.time) == 0


def test_a_class_that_is_written_while_it_is_closed_has_ended(monkeypatch):
    """The thread writes its end between the click and the lock, as after each full second."""
    school = School()
    room = school.open()
    end = room.close

    def end_and_be_written(now):
        end(now)
        monkeypatch.undo()
        school.rooms.meet()

    monkeypatch.setattr(room, "close", end_and_be_written)
    school.rooms.close(room.id)
    assert school.rooms.store.classes.by_id(room.id).closed == school.time
    assert school.rooms.trouble is None


def test_a_class_is_over_while_its_end_waits_for_the_database(tmp_path, monkeypatch):
    """Whoever loaded the class page then saw a class that went on, in which nothing happened."""
    school = School(f"sqlite:///{tmp_path}/classes.db")
    room = school.open()
    store = school.rooms.store
    write, shown = store.classes.close, []

    def slowly(*what):
        assert school.rooms.by_id(room.id) is None
        shown.append(school.rooms.past(room.id))
        write(*what)

    monkeypatch.setattr(store.classes, "close", slowly)
    school.rooms.close(room.id)
    assert [past.closed for past in shown] == [school.time]


def test_an_unforeseen_error_is_shown_and_does_not_stop_the_thread(tmp_path, monkeypatch):
    rooms = Classrooms(Store(Database(f"sqlite:///{tmp_path}/classes.db")))
    monkeypatch.setattr(rooms.store.history, "sweep", lambda *_: 1 / 0)
    rooms.start()
    try:
        wait_for(lambda: rooms.trouble is not None)
        assert "ZeroDivisionError" in str(rooms.trouble)
        rooms.open("Trial", mode=Mode.CAMERA)
        monkeypatch.undo()
        wait_for(lambda: rooms.trouble is None)
    finally:
        rooms.stop()


def test_faults_of_some_classes_are_shown_and_do_not_stop_the_others(monkeypatch, caplog):
    school = School()
    faults = [StoreFault("refused"), ZeroDivisionError("a fault of ours")]
    failing = {school.open(k=3).id: fault for fault in faults}
    good = school.open(k=3)
    exchange = school.rooms.store.history.exchange

    def exchange_or_fail(class_id, *news):
        if class_id in failing:
            raise failing[class_id]
        return exchange(class_id, *news)

    for n in range(3):
        school.join(n, "happy")
    monkeypatch.setattr(school.rooms.store.history, "exchange", exchange_or_fail)
    for _ in range(20):
        school.run(1)
        assert isinstance(school.rooms.trouble, StoreFault)
        assert not good.alone
    assert [second for second, _ in good.window.seconds()] == list(range(20))
    logged = [record.getMessage() for record in caplog.records if record.exc_info]
    assert len(logged) == 2  # and not in every second
    assert all(any(str(fault) in line for line in logged) for fault in faults)
    monkeypatch.undo()
    school.run(1)
    assert school.rooms.trouble is None


def test_the_thread_lets_numbers_through(tmp_path):
    rooms = Classrooms(Store(Database(f"sqlite:///{tmp_path}/classes.db")))
    room = rooms.open("Trial", mode=Mode.CAMERA, rehearsal=True)
    student = room.student(room.admit(Consent(Camera.PICTURES), room.began))
    room.connected(student, room.began)
    rooms.start()
    try:

        def counts():
            room.add(student, bucket("happy"))
            return room.window.total().frames >= 2

        wait_for(counts)
    finally:
        rooms.stop()
