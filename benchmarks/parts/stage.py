"""The stage for browser tests and benchmarks: the real app, a Chromium, and camera footage."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[2]
FPS = 30
"""Chromium plays every MJPEG file at this rate."""

FILM_FPS = 10
"""Pictures a second of a film, as real cameras send them in a dim room. With 30, encoding and
decoding would take most of a small machine's time."""

SIZE = (640, 480)
"""(width, height) of footage, px, which the live page asks a camera for by default."""

PATIENCE_MS = 60_000
"""How long a page is waited for, ms. A machine with work for ten cores takes 30 s to start a camera
and to read its first face."""

START_S = 180
"""How long the app may take to start, s. With forty processes on two cores it took over 60 s."""

_WITHOUT = (
    # Chromium's address bar loads two pages of its own into each window, which together take 1.4 s
    # of a processor. Nobody types anything there.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    # Playwright's own list, for Linux: of two such switches Chromium obeys the last one.
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
"""Features that browsers start without."""

# A proxy in the environment would not reach the servers of this machine.
os.environ["no_proxy"] = f"localhost,127.0.0.1,{os.environ.get('no_proxy', '')}"

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    """Returns the path of a Chromium, from the environment variable CHROMIUM or else the PATH.

    Raises:
        RuntimeError: there is none.
    """
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None:
        raise RuntimeError("no Chromium found: install chromium, or set CHROMIUM to its path")
    return path


def launch(playwright, footage: Path | None = None, *args: str, allow: bool = True):
    """Start a headless Chromium.

    Args:
        playwright: a running Playwright.
        footage: MJPEG or Y4M file that its camera plays in a loop; None gives it no fake camera.
        args: further switches.
        allow: whether the camera is allowed without asking.
    """
    switches = [
        "--no-sandbox",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--disable-features={','.join(_WITHOUT)}",
        "--autoplay-policy=no-user-gesture-required",
        *args,
    ]
    if footage is not None:
        switches += [
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={footage}",
        ]
    if allow:
        switches.append("--use-fake-ui-for-media-stream")
    browser = playwright.chromium.launch(executable_path=chromium(), args=switches)
    browser.on("context", lambda context: context.set_default_timeout(PATIENCE_MS))
    return browser


def let_browsers_give_way() -> None:
    """Let the browsers that run now compute mostly where the app leaves processors idle.

    Users' browsers run on other machines. Processes that they start later behave likewise.
    Playwright starts a browser in a session of its own, and many Linux systems first share
    processors between sessions, by numbers of their own, and only then between processes.
    """
    for process in psutil.Process().children(recursive=True):
        if "chrom" in process.name():
            process.nice(19)
            with contextlib.suppress(OSError):  # a system without such numbers
                # A third of the weight of the app's session. With less, cameras never came on.
                Path(f"/proc/{process.pid}/autogroup").write_text("5")


class App:
    """The app as `streamlit run` starts it, on a free port of this machine. A context manager."""

    def __init__(
        self,
        log: Path,
        path: str = "",
        port: int = 0,
        memory_mb: float | None = None,
        shell: Sequence[str] = (),
        script: str | Path = "app.py",
        python: str | Path = sys.executable,
        **environment: str,
    ) -> None:
        """Args:
        log: file that takes what the app prints; the app's results lie beside it.
        path: sub-path below which the app is served, such as "/class".
        port: where it listens; 0 chooses a free one.
        memory_mb: the limit, in MB, that is set for the app (`ulimit -m`); None for no limit.
        shell: words before the command that starts the app.
        script: what the server runs, relative to the repository.
        python: the Python that runs it.
        environment: variables to add to those of this process.
        """
        self.log = log
        self.path = path
        self._shell = [*shell]
        if memory_mb is not None:
            kilobytes = int(memory_mb * 1e6 / 1024)
            self._shell = ["sh", "-c", f'ulimit -m {kilobytes}; exec "$@"', "sh"]
        self._script, self._python = str(script), str(python)
        self.port = port
        self.results = log.parent / "results"
        results = {"FER_RESULTS": str(self.results)}
        self._environment = {**os.environ, **results, **environment}

    def __enter__(self) -> App:
        with socket.socket() as probe:
            # The port of a server that was killed is free for another one.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", self.port))
            self.port = probe.getsockname()[1]
        self.url = f"http://localhost:{self.port}{self.path}"
        self._output = self.log.open("w")
        self.process = subprocess.Popen(
            [
                *(*self._shell, self._python, "-m", "streamlit", "run", self._script),
                *("--server.headless=true", f"--server.port={self.port}"),
                *("--server.address=localhost", "--server.fileWatcherType=none"),
                f"--server.baseUrlPath={self.path}",
            ],
            cwd=ROOT,
            env=self._environment,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the app ended at once:\n{self.printed()}")
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2).read()
                return self
            except OSError:
                time.sleep(0.1)
        self.__exit__()
        raise RuntimeError(f"the app did not answer within {START_S} s:\n{self.printed()}")

    def __exit__(self, *_) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._output.close()

    def printed(self) -> str:
        """What the app has printed so far."""
        return self.log.read_text("utf-8", "replace")

    def resident_mb(self) -> float:
        """Memory that the app holds, in MB (10^6 bytes)."""
        return psutil.Process(self.process.pid).memory_info().rss / 1e6

    def threads(self) -> int:
        """Threads that the app runs."""
        return psutil.Process(self.process.pid).num_threads()

    def processor_s(self) -> float:
        """Processor time that the app has used, s."""
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system


def write_footage(path: Path, frames: Iterable[np.ndarray]) -> Path:
    """Write frames, uint8 (H, W, 3) BGR at `FPS`, as an MJPEG file for the fake camera."""
    with path.open("wb") as file:
        for frame in frames:
            _, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 90])
            file.write(data.tobytes())
    return path


def write_film(path: Path, frames: Iterable[np.ndarray], fps: int = FILM_FPS) -> Path:
    """Write frames, uint8 (H, W, 3) BGR at `FPS`, as a raw Y4M file with `fps`, a divisor of it."""
    width, height = SIZE
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420\n".encode())
        for frame in itertools.islice(frames, 0, None, FPS // fps):
            file.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes())
    return path


def clip(path: Path, seconds: float) -> Iterator[np.ndarray]:
    """Yields the beginning of a video at `FPS`, fitted into `SIZE` with black borders."""
    wanted = 0
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            image = None
            while wanted / FPS <= float(frame.time or 0.0):
                if wanted >= seconds * FPS:
                    return
                image = fit(frame.to_ndarray(format="bgr24")) if image is None else image
                yield image
                wanted += 1


def fit(image: np.ndarray, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Fits an image of any shape into a black one of (width, height)."""
    width, height = size
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = cv2.resize(
        image,
        (round(image.shape[1] * scale), round(image.shape[0] * scale)),
        interpolation=cv2.INTER_AREA,
    )
    out = np.zeros((height, width, 3), np.uint8)
    top, left = (height - inner.shape[0]) // 2, (width - inner.shape[1]) // 2
    out[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return out


def pan(image: np.ndarray, seconds: float, share: float = 0.9) -> Iterator[np.ndarray]:
    """Yields a slow pan over an image, there and back, so that it loops without a jump.

    Args:
        image: uint8 (H, W, 3) BGR.
        seconds: length.
        share: part of the image's width and height that is seen at a time.
    """
    height, width = image.shape[:2]
    w, h = int(width * share), int(height * share)
    count = round(seconds * FPS)
    for index in range(count):
        at = (1 - np.cos(2 * np.pi * index / count)) / 2
        left, top = int((width - w) * at), int((height - h) * at)
        yield fit(image[top : top + h, left : left + w])


def portrait() -> np.ndarray:
    """A portrait in the public domain (NASA's of Eileen Collins), uint8 (512, 512, 3) BGR."""
    import skimage.data

    return cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)


def empty(seconds: float) -> Iterator[np.ndarray]:
    """Yields a moving picture without faces: bands of colour that drift."""
    rows = np.linspace(0, 6 * np.pi, SIZE[1])[:, None]
    columns = np.linspace(0, 4 * np.pi, SIZE[0])[None, :]
    for index in range(round(seconds * FPS)):
        turn = 2 * np.pi * index / (seconds * FPS)
        bands = (np.sin(rows + turn) + np.cos(columns - turn) + 2) * 60
        yield np.stack([bands, bands * 0.8, 255 - bands], axis=-1).astype(np.uint8)
