"""Every setting, its environment variable and its default.

Settings are read from the environment once, by `Settings.from_environment`. On Streamlit
Community Cloud the top-level entries of the secrets are environment variables too, so the same
names work there.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from fer.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds `app.py`."""

LOGS = ("text", "json")
CAMERA_WAYS = ("auto", "video", "pictures")
DETECTORS = ("bundled", "yunet", "haar", "hog")


def _env(name: str, default, doc: str):
    return field(default=default, metadata={"env": name, "doc": doc})


def _secret(name: str, doc: str):
    """A setting that must not appear in a log, so it is left out of the settings' `repr`."""
    return field(default="", repr=False, metadata={"env": name, "doc": doc})


@dataclass(frozen=True)
class Settings:
    """The settings of one process. `Settings.documentation()` lists them for the documents."""

    detector: str = _env(
        "FER_DETECTOR",
        "bundled",
        "Face detector: `bundled` (comes with the app; finds 97% of the faces that `yunet` is "
        "sure of), `yunet` (the model that `bundled` was trained to imitate; downloaded once), "
        "`haar` (OpenCV's old cascade; finds 26% of these faces) or `hog` (dlib's; needs "
        "`requirements-landmarks.txt`).",
    )
    yunet: Path | None = _env(
        "FER_YUNET",
        None,
        "Path of YuNet's `face_detection_yunet_2023mar.onnx`. Empty: the app looks in `models/`, "
        "in the shared folder and in the user's cache, and otherwise downloads the file once.",
    )
    download: bool = _env(
        "FER_DOWNLOAD",
        True,
        "Whether YuNet, and onnxruntime-web for students' devices, may be downloaded from the "
        "internet (0 or 1).",
    )
    model: Path = _env(
        "FER_MODEL", ROOT / "models" / "emotion.onnx", "Emotion model; its card lies beside it."
    )
    shared: Path = _env(
        "FER_SHARED",
        ROOT.parent / "shared",
        "Folder with shared data, models and media, for developers. Need not exist.",
    )
    detect_size: int = _env(
        "FER_DETECT_SIZE",
        800,
        "Longest side, in pixels, of the picture in which faces are searched. A larger one shows "
        "smaller faces, and takes longer in proportion to its square.",
    )
    threads: int = _env(
        "FER_THREADS",
        min(4, os.cpu_count() or 1),
        "Threads of the classifier; the detector uses two of them at most. More threads than cores "
        "only slow both down.",
    )
    camera: str = _env(
        "FER_CAMERA",
        "auto",
        "How a camera's video reaches the live page: `video` (a direct connection, WebRTC), "
        "`pictures` (one by one over the page's own connection, which works wherever the page "
        "does) or `auto` (video, or pictures if no direct connection is made within 6 s).",
    )
    ice_servers: str = _secret(
        "FER_ICE_SERVERS",
        "STUN and TURN servers as a JSON list, "
        '`[{"urls": "turn:host:3478", "username": "u", "credential": "p"}]`. '
        "Empty: those of a provider below, or else a public STUN server; on localhost none.",
    )
    turn_urls: str = _env(
        "FER_TURN_URLS",
        "",
        "Addresses of your own TURN server, such as `turn:turn.school.org:3478, "
        "turns:turn.school.org:5349`.",
    )
    turn_secret: str = _secret(
        "FER_TURN_SECRET",
        "The secret that this app shares with the TURN server (coturn: `use-auth-secret`, "
        "`static-auth-secret`). Browsers get passwords made from it, valid for twelve hours.",
    )
    twilio_sid: str = _secret("TWILIO_ACCOUNT_SID", "Twilio account for TURN servers.")
    twilio_token: str = _secret("TWILIO_AUTH_TOKEN", "Token of the Twilio account.")
    cloudflare_key: str = _secret("CLOUDFLARE_TURN_KEY_ID", "Cloudflare key for TURN servers.")
    cloudflare_token: str = _secret("CLOUDFLARE_TURN_KEY_API_TOKEN", "Token of the Cloudflare key.")
    hf_token: str = _secret("HF_TOKEN", "Hugging Face token for TURN servers.")
    password: str = _secret(
        "FER_PASSWORD",
        "Password of the pages for instructors, or its hash as `python -m fer password` makes it. "
        "Whoever signs in with it sees everybody's results.",
    )
    accounts: str = _env(
        "FER_ACCOUNTS",
        "",
        "Accounts that may sign in, each of which sees its own classes and results: e-mail "
        "addresses and domains, such as `ann@school.org, @college.edu`. Needs a provider in "
        "Streamlit's secrets; see `docs/operators/deploy.md`.",
    )
    proxies: int = _env(
        "FER_PROXIES",
        0,
        "How many reverse proxies stand in front of the app (Heroku: 1). Only then does it believe "
        "the header `X-Forwarded-For`, by which it counts each client's guesses at passwords and "
        "codes, and its connections.",
    )
    metrics_token: str = _secret(
        "FER_METRICS_TOKEN",
        "Opens `/metrics` (Prometheus' text format) to whoever sends it as a bearer token. Empty: "
        "nobody can fetch metrics.",
    )
    log: str = _env(
        "FER_LOG",
        "text",
        "How the log is written: `text` or `json` (one object a line).",
    )
    recordings: Path | None = _env(
        "FER_RECORDINGS", None, "Folder on the server from which recordings may be chosen."
    )
    results: Path = _env(
        "FER_RESULTS",
        ROOT / "results",
        "Folder for the results of recordings, and for what an interrupted analysis needs to go "
        "on. Only the account of the app can read it. No frame is ever written there.",
    )
    database: str = _secret(
        "DATABASE_URL",
        "Database of classes: `postgresql://user:password@host/name`, also in Heroku's form "
        "`postgres://`, or `sqlite:///path`. Empty: the file `classes.db` in `FER_RESULTS`.",
    )
    keep_days: int = _env(
        "FER_KEEP_DAYS",
        365,
        "Days after which a class that is over or a result is deleted; 0 for never.",
    )
    pulse_half_life: int = _env(
        "FER_PULSE_HALF_LIFE",
        40,
        "Seconds after which a press of *lost*, *slower*, *faster* or *clear* counts half.",
    )
    embedded_by: str = _env(
        "FER_EMBEDDED_BY",
        "",
        "Sites that may show the app in a frame, separated by spaces, such as "
        "`https://moodle.example.org`. Empty: none.",
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read all settings.

        Args:
            environment: variables by name; None for those of this process.

        Raises:
            SettingsError: a variable has a value that its setting cannot take.
        """
        environment = os.environ if environment is None else environment
        values = {}
        for setting in fields(cls):
            text = environment.get(setting.metadata["env"], "").strip()
            if text:
                values[setting.name] = _parse(setting.metadata["env"], text, setting.default)
        return cls(**values)

    def __post_init__(self) -> None:
        if self.detector not in DETECTORS:
            raise SettingsError(
                f"FER_DETECTOR must be one of {', '.join(DETECTORS)}, not {self.detector!r}"
            )
        if self.camera not in CAMERA_WAYS:
            raise SettingsError(
                f"FER_CAMERA must be one of {', '.join(CAMERA_WAYS)}, not {self.camera!r}"
            )
        if self.log not in LOGS:
            raise SettingsError(f"FER_LOG must be one of {', '.join(LOGS)}, not {self.log!r}")
        if self.detect_size < 64:
            raise SettingsError(f"FER_DETECT_SIZE must be at least 64, not {self.detect_size}")
        if self.threads < 1:
            raise SettingsError(f"FER_THREADS must be at least 1, not {self.threads}")
        if self.keep_days < 0:
            raise SettingsError(f"FER_KEEP_DAYS must be at least 0, not {self.keep_days}")
        if self.pulse_half_life < 1:
            raise SettingsError(
                f"FER_PULSE_HALF_LIFE must be at least 1, not {self.pulse_half_life}"
            )
        for origin in self.embedded_by.split():
            if not re.fullmatch(r"https?://(\*\.)?[\w-]+(\.[\w-]+)*(:\d+)?", origin):
                raise SettingsError(
                    "FER_EMBEDDED_BY must hold sites such as https://moodle.example.org, "
                    f"separated by spaces, not {origin!r}"
                )
        if self.proxies < 0:
            raise SettingsError(f"FER_PROXIES must be at least 0, not {self.proxies}")

    @classmethod
    def documentation(cls) -> str:
        """Returns all settings as a Markdown table: variable, default, meaning."""
        rows = ["| variable | default | meaning |", "|---|---|---|"]
        for env, default, doc in cls._documented():
            shown = f"`{default}`" if default else ""
            rows.append(f"| `{env}` | {shown} | {doc} |")
        return "\n".join(rows)

    @classmethod
    def example(cls) -> str:
        """Returns the text of `.env.example`: all environment variables, each commented out."""
        blocks = ["# Copy this file to .env, and remove the # before each line that you set."]
        for env, default, doc in cls._documented():
            lines = textwrap.wrap(doc.replace("`", ""), 96)
            value = "" if env == "FER_THREADS" else default
            blocks.append("\n".join([*(f"# {line}" for line in lines), f"#{env}={value}"]))
        return "\n\n".join(blocks) + "\n"

    @classmethod
    def _documented(cls) -> Iterator[tuple[str, str, str]]:
        """Yields the variable of each setting, its default as people write it, and its meaning."""
        for setting in fields(cls):
            default = setting.default
            if isinstance(default, Path):
                default = os.path.relpath(default, ROOT)
            elif isinstance(default, bool):
                default = int(default)
            elif setting.name == "threads":
                default = "cores, at most 4"
            shown = "" if default in (None, "") else str(default)
            yield setting.metadata["env"], shown, setting.metadata["doc"]


def _parse(name: str, text: str, default):
    if isinstance(default, bool):
        lowered = text.lower()
        if lowered not in ("0", "1", "false", "true", "no", "yes"):
            raise SettingsError(f"{name} must be 0 or 1, not {text!r}")
        return lowered in ("1", "true", "yes")
    if isinstance(default, int):
        try:
            return int(text)
        except ValueError:
            raise SettingsError(f"{name} must be a whole number, not {text!r}") from None
    if default is None or isinstance(default, Path):
        try:
            return Path(text).expanduser()
        except RuntimeError:
            raise SettingsError(f"{name} names a folder of an unknown user: {text!r}") from None
    return text
