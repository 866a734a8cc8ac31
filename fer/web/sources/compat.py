"""The private names of aiortc and aioice that we touch; see `fer.web.compat`.

They stand alone, because loading both takes 0.2 s and 35 MB, and the first page needs neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random

import aioice
import aioice.ice
import aioice.stun
from aiortc import rtcicetransport, rtcrtpreceiver
from aiortc.rate import RemoteBitrateEstimator

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


CONSENT_FAILURES = 6
"""Checks in a row, one every five seconds, after which a silent browser is taken for gone."""


class SteadyConnection(aioice.Connection):
    """A connection to a browser that does not take a busy server for a lost line.

    Every five seconds aioice asks the browser whether it may go on sending (RFC 7675). It waits
    half a second for the answer and ends the connection after six missed answers. While the event
    loop is late the answers lie unread behind the video, so cameras went off on a busy server
    for no reason. Here a check counts as missed only if the loop was on time to see an answer, and
    if nothing at all has come from the browser since the check before.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._heard = False

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
