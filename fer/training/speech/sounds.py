"""Makes synthetic sounds that are not speech, for training the voice gate.

Everything is drawn from a random generator: tones, chords, plucked strings, bells, drums, sung
vowels without consonants, machines and noises. Each maker takes a random generator and a number of
samples n, and gives float (n,) at `RATE` hertz with any peak. `FAMILIES` has their names, so that a
gate can be tested on families that it was not trained on.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from fer.media.audio import RATE

Maker = Callable[[np.random.Generator, int], np.ndarray]

_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9))


def draw(rng: np.random.Generator, seconds: float, family: str) -> np.ndarray:
    """Draw a sound of a family: float32 (seconds × `RATE`,), scaled to a peak of 0.5."""
    sound = FAMILIES[family](rng, round(seconds * RATE))
    return (0.5 * sound / max(float(np.abs(sound).max()), 1e-6)).astype(np.float32)


def _melody(rng: np.random.Generator, n: int) -> list[tuple[int, int, float]]:
    """Notes (start, length in samples, Hz) in a random key and tempo."""
    beat = int(RATE * rng.uniform(0.12, 0.6))
    scale = _SCALES[rng.integers(len(_SCALES))]
    root, degree = rng.uniform(45, 72), int(rng.integers(0, 7))
    notes, at = [], int(rng.integers(0, beat))
    while at < n:
        length = beat * int(rng.choice((1, 1, 2, 4)))
        octave, step = divmod(degree, len(scale))
        notes.append((at, length, 440 * 2 ** ((root + 12 * octave + scale[step] - 69) / 12)))
        degree = int(np.clip(degree + rng.integers(-3, 4), -7, 14))
        at += length
    return notes


def _chords(rng: np.random.Generator, n: int) -> list[tuple[int, int, float]]:
    """Chords in an even pulse, whose three or four notes begin at once or shortly one by one."""
    length = int(RATE * rng.uniform(0.2, 2.5))
    spread = int(RATE * rng.choice((0.0, 0.03, 0.12)))
    key, count = rng.uniform(40, 60), int(rng.integers(3, 5))
    notes = []
    for at in range(-int(rng.integers(0, length)), n, length):
        root = key + rng.choice((0, 2, 4, 5, 7, 9))
        for i, interval in enumerate((0, rng.choice((3, 4)), 7, rng.choice((10, 11, 12)))[:count]):
            notes.append((at + i * spread, length, 440 * 2 ** ((root + interval - 69) / 12)))
    return notes


def _played(rng, n: int, notes, timbre: Callable) -> np.ndarray:
    out = np.zeros(n)
    for at, length, hz in notes:
        ring = timbre(hz, int(length * 1.2))
        start, end = max(at, 0), min(at + len(ring), n)
        if end > start:
            out[start:end] += rng.uniform(0.6, 1.0) * ring[start - at : end - at]
    return out


def _harmonics(rng: np.random.Generator) -> Callable[[float, int], np.ndarray]:
    """A sustained or decaying instrument of up to 16 harmonics, with vibrato."""
    weights = rng.uniform(0.2, 1, 16) * np.arange(1, 17) ** -rng.uniform(0.3, 2.2)
    attack, decay = rng.uniform(0.004, 0.15), rng.uniform(0.0, 4.0)
    depth, rate = rng.choice((0.0, 0.004, 0.01)), rng.uniform(4, 7)

    def timbre(hz: float, n: int) -> np.ndarray:
        t = np.arange(n) / RATE
        phase = 2 * np.pi * hz * (t - depth / (2 * np.pi * rate) * np.cos(2 * np.pi * rate * t))
        tone = sum(
            w * np.sin(k * phase + k) for k, w in enumerate(weights, 1) if k * hz < 0.45 * RATE
        )
        release = np.minimum(1, (n / RATE - t) / 0.05)
        return tone * np.minimum(1, t / attack) * np.exp(-decay * t) * release

    return timbre


def _melodic(rng, n):
    return _played(rng, n, _melody(rng, n), _harmonics(rng))


def _chordal(rng, n):
    return _played(rng, n, _chords(rng, n), _harmonics(rng))


def _plucked(rng, n):
    """Karplus and Strong (1983): a noise burst in a damped delay line."""
    damping = rng.uniform(0.985, 0.999)

    def timbre(hz: float, length: int) -> np.ndarray:
        period = max(2, round(RATE / hz))
        burst = np.zeros(length)
        burst[:period] = rng.uniform(-1, 1, min(period, length))
        back = np.zeros(period + 2)
        back[0], back[period], back[period + 1] = 1, -damping / 2, -damping / 2
        return lfilter([1.0], back, burst)

    notes = _melody(rng, n) + (_chords(rng, n) if rng.random() < 0.5 else [])
    return _played(rng, n, notes, timbre)


def _piano(rng, n):
    """Struck strings with a hammer and a pedal; higher partials are stretched and fade faster."""
    weights = rng.uniform(0.3, 1, 14) * np.arange(1, 15) ** -rng.uniform(0.6, 1.8)
    stretch, decay, ring = rng.uniform(0, 8e-4), rng.uniform(0.5, 4), rng.uniform(1, 4)
    hammer = rng.uniform(0, 0.4)

    def timbre(hz: float, length: int) -> np.ndarray:
        # What rings on after the end of the sound is not heard.
        t = np.arange(min(int(length * ring), length + n)) / RATE
        tone = np.zeros(len(t))
        for k, weight in enumerate(weights, 1):
            partial = k * hz * np.sqrt(1 + stretch * k**2)
            if partial < 0.45 * RATE:
                fade = np.exp(-decay * (1 + 0.3 * k) * t)
                tone += weight * fade * np.sin(2 * np.pi * partial * t + k)
        strike = min(len(t), int(0.03 * RATE))
        tone[:strike] += hammer * rng.normal(size=strike) * np.exp(-t[:strike] / 0.006)
        return tone * np.minimum(1, t / 0.002)

    kind = rng.random()
    notes = _melody(rng, n) if kind < 0.6 else []
    return _played(rng, n, notes + (_chords(rng, n) if kind > 0.3 else []), timbre)


def _bells(rng, n):
    """Chowning (1973): frequency modulation with an inharmonic ratio."""
    ratio, index, decay = rng.uniform(1.1, 4.7), rng.uniform(1, 8), rng.uniform(1, 6)

    def timbre(hz: float, length: int) -> np.ndarray:
        t = np.arange(length) / RATE
        fade = np.exp(-decay * t)
        return fade * np.sin(2 * np.pi * hz * t + index * fade * np.sin(2 * np.pi * hz * ratio * t))

    return _played(rng, n, _melody(rng, n), timbre)


def _drums(rng, n):
    out = np.zeros(n)
    step = int(RATE * rng.uniform(0.09, 0.25))
    pattern = rng.random((3, 16)) < np.array([[0.3], [0.2], [0.6]])
    t = np.arange(int(0.3 * RATE)) / RATE
    kick = np.sin(2 * np.pi * (50 * t + 12 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.09)
    for number, at in enumerate(range(0, n, step)):
        hits = (
            kick,
            0.6 * rng.normal(size=len(t)) * np.exp(-t / rng.uniform(0.04, 0.1)),
            0.3 * np.diff(rng.normal(size=len(t) + 1)) * np.exp(-t / 0.02),
        )
        for hit, on in zip(hits, pattern[:, number % 16], strict=True):
            end = min(at + len(t), n)
            if on:
                out[at:end] += hit[: end - at]
    return out


def _band(rng, n):
    """Chords, melody and drums together."""
    parts = [rng.choice((_chordal, _piano)), rng.choice((_melodic, _plucked, _piano)), _drums]
    total = np.zeros(n)
    for part in parts:
        sound = part(rng, n)
        total += rng.uniform(0.3, 1) * sound / max(np.abs(sound).max(), 1e-6)
    return total


def _sung(rng, n):
    """A melody sung on steady vowels: pulses through three formants, with notes in steps."""
    vowels = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480))

    def timbre(hz: float, length: int) -> np.ndarray:
        t = np.arange(length) / RATE
        phase = hz * t + 0.01 * hz / 6 * np.sin(2 * np.pi * 6 * t)
        pulses = np.diff(np.floor(phase), prepend=0.0)
        for formant in vowels[rng.integers(len(vowels))]:
            radius = np.exp(-np.pi * 90 / RATE)
            pole = 2 * radius * np.cos(2 * np.pi * formant / RATE)
            pulses = lfilter([1 - radius], [1, -pole, radius**2], pulses)
        return pulses * np.minimum(1, t / 0.06) * np.minimum(1, (length / RATE - t) / 0.06)

    return _played(rng, n, _melody(rng, n), timbre)


def _coloured(rng, n):
    """Noise with a slope between white and brown."""
    spectrum = np.fft.rfft(rng.normal(size=n))
    spectrum[1:] /= np.arange(1, len(spectrum)) ** rng.uniform(0, 1.1)
    return np.fft.irfft(spectrum, n)


def _gusts(rng, n):
    """Band-passed noise whose level drifts: wind, rain, a fan, traffic."""
    low = rng.uniform(60, 2500)
    band = butter(2, (low, min(low * rng.uniform(1.5, 8), 7500)), "band", fs=RATE, output="sos")
    knots = np.exp(rng.normal(scale=rng.uniform(0, 1), size=rng.integers(3, 12)))
    level = np.interp(np.arange(n), np.linspace(0, n, len(knots)), knots)
    return sosfilt(band, rng.normal(size=n)) * level


def _clicks(rng, n):
    """Typing, ticking, knocking, applause: short bursts, from sparse to dense."""
    rate = 10 ** rng.uniform(0, 2.3)
    regular = rng.random() < 0.3
    out = np.zeros(n)
    gaps = np.full(600, RATE / rate) if regular else rng.exponential(RATE / rate, 600)
    for at in np.cumsum(gaps).astype(int):
        length = int(RATE * rng.uniform(0.003, 0.05))
        if at >= n:
            break
        burst = rng.normal(size=length) * np.exp(-np.arange(length) / (length / 4))
        out[at : at + length] += rng.uniform(0.2, 1) * burst[: n - at]
    low = rng.uniform(100, 3000)
    return sosfilt(butter(1, (low, 7000), "band", fs=RATE, output="sos"), out)


def _hum(rng, n):
    """Mains hum or an engine: an unsteady fundamental with many harmonics and some noise."""
    hz = rng.uniform(30, 140) * (1 + 0.02 * np.cumsum(rng.normal(size=n)) / np.sqrt(n))
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    tone = sum(rng.uniform(0, 1) / k * np.sin(k * phase) for k in range(1, 20))
    return tone + rng.uniform(0, 0.3) * _coloured(rng, n)


def _beeps(rng, n):
    """Alarms, sirens, ring tones, chirps."""
    t = np.arange(n) / RATE
    centre, rate = rng.uniform(300, 3500), rng.uniform(0.3, 12)
    sweep = np.sin(2 * np.pi * rate * t)
    if rng.random() < 0.5:
        sweep = np.sign(sweep)
    hz = centre * (1 + rng.choice((0.0, 0.1, 0.4)) * sweep)
    gate = (t * rng.uniform(0.5, 6)) % 1 < rng.uniform(0.2, 1.0)
    tone = np.sin(2 * np.pi * np.cumsum(hz) / RATE)
    return (np.sign(tone) if rng.random() < 0.3 else tone) * gate


FAMILIES: dict[str, Maker] = {
    "melody": _melodic,
    "chords": _chordal,
    "plucked": _plucked,
    "piano": _piano,
    "bells": _bells,
    "drums": _drums,
    "band": _band,
    "sung": _sung,
    "noise": _coloured,
    "gusts": _gusts,
    "clicks": _clicks,
    "hum": _hum,
    "beeps": _beeps,
}
"""Makers by name. The first eight are music."""

MUSIC = tuple(FAMILIES)[:8]
