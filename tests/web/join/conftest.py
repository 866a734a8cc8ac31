import contextlib

import pytest

from fer.classroom.classrooms import Classrooms
from fer.classroom.mode import Mode
from fer.settings import Settings
from fer.store.database import Database
from fer.store.store import Store
from fer.web.join import search, socket
from fer.web.join.device import routes
from fer.web.join.device.runtime import Runtime
from fer.web.join.device.shelf import Shelf
from fer.web.join.hub import Hub
from tests.web.join.served import Served


@pytest.fixture(scope="package")
def classrooms(tmp_path_factory):
    """Classes whose seconds only the tests fetch."""
    folder = tmp_path_factory.mktemp("classes")
    return Classrooms(Store(Database(f"sqlite:///{folder}/classes.db")))


@pytest.fixture(scope="package")
def serve(classrooms):
    """A context manager that serves the routes with a new hub and a new limit on guessing."""

    @contextlib.contextmanager
    def serve():
        hub = Hub()
        with pytest.MonkeyPatch.context() as patch, Served(hub) as served:
            patch.setattr(search, "classrooms", lambda: classrooms)
            patch.setattr(search, "throttle", search.new_throttle())
            patch.setattr(socket, "hub", hub)
            # Nothing is fetched for the pages of classes.
            shelf = Shelf(Settings(), Runtime(download=False))
            patch.setattr(routes, "shelf", lambda: shelf)
            yield served

    return serve


@pytest.fixture(scope="package")
def served(serve):
    with serve() as served:
        yield served


@pytest.fixture
def classroom(classrooms):
    classroom = classrooms.open("Linear algebra", mode=Mode.CAMERA)
    yield classroom
    classrooms.close(classroom.id)
