"""The instructor's own camera or shared window, as one more source of the class."""

from __future__ import annotations

import streamlit as st

from fer.classroom.classroom import Classroom
from fer.live.conditions import Sharing, Source
from fer.live.room_feed import RoomFeed
from fer.web.classroom import texts
from fer.web.fragment import fragment
from fer.web.live import texts as live_texts
from fer.web.live.ignored import ignored_parts
from fer.web.live.picture import show_camera, show_pictures
from fer.web.resources import common_engine
from fer.web.sources.camera import Camera
from fer.web.sources.line import camera_line
from fer.web.sources.pictures import Capture, Pictures

IGNORED_EVERY_S = 1.0
"""How often the plan of the picture shows where the faces are, in seconds."""


# When a visit ends, for whatever reason, this cache closes its feed. It does so at a short loss of
# the network, too. After it the page goes on with the same feed, to which the browser still sends
# its pictures: the state of Streamlit's session keeps it.
@st.cache_resource(
    scope="session",
    on_release=RoomFeed.close,
    hash_funcs={RoomFeed: id},
    show_spinner=False,
    max_entries=1,
)
def _lease(feed: RoomFeed) -> RoomFeed:
    return feed


def _feed(room: Classroom) -> RoomFeed:
    """Returns this visit's feed for a class, which the first call makes."""
    key = f"feed-of-{room.id}"
    if key not in st.session_state:
        student = room.room_camera()
        st.session_state[key] = RoomFeed(
            # The class is adjusted as the model of the settings reads faces, whatever model the
            # instructor has chosen for other pages.
            common_engine(),
            on_second=lambda bucket: room.add(student, bucket),
            on_end=lambda: room.disconnected(student),
        )
    return _lease(st.session_state[key])


def room_source(room: Classroom) -> None:
    """Offer to add a camera in the room, or a window with a video call, to the class."""
    if not st.toggle(texts.ROOM_SOURCE, help=texts.ROOM_SOURCE_HELP, key="room-source"):
        return
    feed = _feed(room)
    source = st.segmented_control(
        live_texts.SOURCE,
        [Source.CAMERA, Source.SCREEN],
        format_func=live_texts.SOURCES.__getitem__,
        default=Source.CAMERA,
        required=True,
        label_visibility="collapsed",
        key="room-source-kind",
        on_change=feed.close,
    )
    feed.ignored.begin(source)
    if source == Source.CAMERA:
        pictures = _pictures(room, feed, Capture.CAMERA)
        state = show_camera(Camera(feed), pictures, "room-camera")
        fragment(_watch)()
        live = state.playing
    else:
        pictures = _pictures(room, feed, Capture.WINDOW)
        fragment(show_pictures)(pictures, "room-screen")
        live = pictures.status == Sharing.SHARING
    fragment(ignored_parts, IGNORED_EVERY_S if live else None)(feed, "room-ignore")


def _watch() -> None:
    """Make the camera's connection again when it was lost, and say why it cannot be used."""
    camera_line("room-camera-line")


def _pictures(room: Classroom, feed: RoomFeed, capture: Capture) -> Pictures:
    """Returns what takes this visit's pictures for a class. Each class has its own feed."""
    return st.session_state.setdefault(f"{capture}-of-{room.id}", Pictures(feed, capture))
