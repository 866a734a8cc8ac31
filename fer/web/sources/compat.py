"""The private names of streamlit-webrtc, aiortc and aioice that we rely on; see `fer.web.compat`.

They stand alone, because loading these takes 0.2 s and 35 MB, and the first page needs none. While
streamlit-webrtc is imported it registers its component with the server, which must be running then.

Checked with streamlit-webrtc 0.79 and aiortc 1.16.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import random
import threading
import time
from functools import partial

import aioice
import aioice.ice
import aioice.stun
import streamlit as st
from aiortc import rtcicetransport, rtcrtpreceiver
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rate import RemoteBitrateEstimator
from aiortc.rtp import RtpPacket
from aiortc.utils import uint16_add, uint16_gt
from streamlit_webrtc import component, relay, webrtc

from fer.web.loop_lag import loop_lag
from fer.web.sources.key_frames import is_key_frame

log = logging.getLogger(__name__)

MIN_BITRATE = 800_000
"""Rate in bit/s at which the camera may always send. Below half of it, faces of 40 px blur."""


class SteadyEstimator(RemoteBitrateEstimator):
    """Tells the browser how much it may send, and never less than `MIN_BITRATE`.

    aiortc judges the line by the times at which packets arrive in Python. It takes each pause of
    this process for a full line and throttles the camera: on one machine down to 48 kbit/s and 8
    frames a second, without any loss. Browsers themselves still send less when packets are lost.
    """

    def add(self, *args, **kwargs) -> tuple[int, list[int]] | None:
        """Take the arrival of one packet; returns (bit/s, sources), or None if nothing changed."""
        estimate = super().add(*args, **kwargs)
        return estimate and (max(estimate[0], MIN_BITRATE), estimate[1])


def keep_a_steady_bitrate() -> None:
    """Make the connections that follow use `SteadyEstimator`.

    aiortc has no option for this, but it looks the class up whenever it makes a connection.
    """
    rtcrtpreceiver.RemoteBitrateEstimator = SteadyEstimator  # type: ignore[misc]


GAP_S = 1.0
"""Seconds after which a packet that is missing is given up. On a fast line it comes again within a
tenth of that, but a busy server may read it late."""

ASK_S = 1.0
"""Seconds after which a key frame is asked for again."""


class WholePictures(JitterBuffer):
    """Hands on only pictures that can be decoded as the camera made them.

    Each picture is built on the one before it. When packets are lost, aiortc waits until it holds
    512 others, which are several seconds of video, leaves out the broken picture, and decodes the
    next ones nevertheless. They show coloured blocks, on some of which a face is seen, until the
    browser happens to send a key frame. Here the pictures after a gap wait for a key frame, which
    is asked for until it comes; a gap lasts `GAP_S` at most.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._newest: int | None = None
        self._is_whole = False  # whether nothing is missing since a key frame
        self._gap_since: float | None = None
        self._ask_at = time.monotonic() + ASK_S

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        """Take a packet; returns whether to ask for a key frame, and a picture if one is whole."""
        dropped, frame = super().add(packet)
        if not self._is_video:
            return dropped, frame
        if self._newest is None or uint16_gt(packet.sequence_number, self._newest):
            self._newest = packet.sequence_number
        now = time.monotonic()
        if frame is not None:
            self._gap_since = None
        if dropped or self._gives_up(now):
            self._is_whole, self._ask_at = False, now
        if not self._is_whole and frame is not None:
            self._is_whole = is_key_frame(frame.data)
        if self._is_whole:
            return False, frame
        ask = now >= self._ask_at
        if ask:
            self._ask_at = now + ASK_S
        return ask, None

    def _gives_up(self, now: float) -> bool:
        """Whether a packet has been missing for `GAP_S`; then all that came after it is dropped."""
        assert self._newest is not None  # both are known from the first packet on
        assert self._origin is not None
        span = uint16_add(self._newest, 1 - self._origin)
        held = range(span if span < self._capacity else 0)
        if all(self._packets[(self._origin + n) % self._capacity] for n in held):
            self._gap_since = None
            return False
        if self._gap_since is None:
            self._gap_since = now
        if now - self._gap_since < GAP_S:
            return False
        self.remove(span)
        self._gap_since = None
        return True


def hand_on_whole_pictures_only() -> None:
    """Make the connections that follow use `WholePictures`.

    aiortc has no option for this, but it looks the class up whenever it makes a connection.
    """
    rtcrtpreceiver.JitterBuffer = WholePictures  # type: ignore[misc]


GATHER_S = 3
"""How long STUN and TURN servers may take to answer, s. A TURN server over TLS that is 300 ms away
takes 1.8 s: one round trip for its name, one for TCP, two for TLS and two for an address."""

CONSENT_FAILURES = 6
"""Checks in a row, one every five seconds, after which a silent browser is taken for gone."""


class SteadyConnection(aioice.Connection):
    """A connection to a browser that waits for dead servers briefly and for a busy one patiently.

    aioice answers a browser only after all STUN and TURN servers have answered, or after five
    seconds. Where a firewall swallows the questions, that is most of the time that video has to
    connect, even if the browser could be reached directly. Here it is `GATHER_S`.

    Every five seconds aioice asks the browser whether it may go on sending (RFC 7675). It waits
    half a second for the answer and ends the connection after six missed answers. While the event
    loop is late the answers lie unread behind the video, so cameras went off on a busy server
    for no reason. Here a check counts as missed only if the loop was on time to see an answer, and
    if nothing at all has come from the browser since the check before.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._heard = False

    async def get_component_candidates(
        self, component: int, addresses: list[str], timeout: int = 5
    ) -> list[aioice.Candidate]:
        """Returns the addresses at which the browser may reach this process (RFC 8445).

        Args:
            component: number of the component; ours is always 1.
            addresses: IP addresses of this machine.
            timeout: how long aioice lets servers take to answer, s.
        """
        return await super().get_component_candidates(component, addresses, min(timeout, GATHER_S))

    def data_received(self, data: bytes, component: int) -> None:
        """Take a packet from the browser."""
        self._heard = True
        super().data_received(data, component)

    async def query_consent(self) -> None:
        """Ask again and again whether to go on; ends the connection when the browser has gone."""
        failures = 0
        loop = asyncio.get_running_loop()
        while failures < CONSENT_FAILURES:
            self._heard = False
            began = loop.time()
            pause = aioice.ice.CONSENT_INTERVAL * random.uniform(0.8, 1.2)
            await asyncio.sleep(pause)
            answered = await self._ask()
            # A check that nobody answers ends after `RETRY_RTO`, if the loop is on time.
            late = loop.time() - began - pause - aioice.stun.RETRY_RTO
            if answered or self._heard:
                failures = 0
            elif late < aioice.stun.RETRY_RTO:
                failures += 1
        log.info("a camera's browser has been silent for %d checks", failures)
        self._query_consent_task = None
        await self.close()

    async def _ask(self) -> bool:
        """Whether the browser answers a check on any of the lines to it."""
        key = str(self.remote_password).encode()
        answered = False
        for pair in tuple(self._nominated.values()):
            request = self.build_request(pair, nominate=False)
            with contextlib.suppress(aioice.stun.TransactionError):
                await pair.protocol.request(
                    request, pair.remote_addr, integrity_key=key, retransmissions=0
                )
                answered = True
        return answered


def be_patient_with_connections() -> None:
    """Make the connections that follow use `SteadyConnection`.

    aiortc has no option for this, but it looks the class up whenever it makes a connection.
    """
    rtcicetransport.Connection = SteadyConnection  # type: ignore[misc]


def keep_newest_only() -> None:
    """Make streamlit-webrtc pass on the newest frame only.

    Its relay queues frames for a reader that is slower than the camera, and the queue has no limit.
    When the encoder falls behind on a busy server, the returned video lags more and more, and
    memory grows by a megabyte with each frame.
    """
    shared = relay.get_global_relay()
    if not isinstance(shared.subscribe, partial):
        shared.subscribe = partial(shared.subscribe, buffered=False)  # type: ignore[method-assign]


def keep_media_apart() -> None:
    """Make the cameras that are started later use an event loop of their own, `_media_loop`.

    streamlit-webrtc takes the loop that serves the pages. There, each of hundreds of packets a
    second waits several times for Python's lock (GIL), while Streamlit lets the loop turn once
    for each part of a page that it sends. With four cameras on two busy cores, a page with 40 parts
    took 7 s to come.
    """
    relay.get_global_event_loop = webrtc.get_global_event_loop = _media_loop


@functools.cache
def _media_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True, name="media-loop").start()
    asyncio.run_coroutine_threadsafe(loop_lag.watch(), loop)
    return loop


def keep_connected(key: str) -> None:
    """Keep streamlit-webrtc from resetting a camera that was on the page all along.

    It resets a camera that "was not rendered for N runs", but Streamlit raises the count of runs
    only some time after a run has ended. If two runs end in between, streamlit-webrtc thinks that
    the visitor has left the page and cuts a live camera off. Streamlit itself forgets a widget that
    the last run of a page left out, so this function goes by that.

    Args:
        key: the key of the widget.
    """
    context = st.session_state.get(key)
    if context is not None and component.generate_frontend_component_key(key) in st.session_state:
        context._last_rendered_run_count = None


def forget_camera(key: str) -> None:
    """Make streamlit-webrtc forget that a camera was about to start, and end it if it runs.

    The page must not show the camera in this run. streamlit-webrtc keeps the state that the browser
    sent last, so a camera that was turned away would seem to be connecting when it is shown again.

    Args:
        key: the key of the widget.
    """
    context = st.session_state.get(key)
    if context is not None:
        component._reset_context(context)
