"""Draws the figures of a training and of an evaluation, as PNG (matplotlib) and HTML (Plotly)."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import plotly.graph_objects as go
from matplotlib.figure import Figure

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#8C8C8C"

mpl.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "font.size": 10})


def curves(history: list[dict], path: Path) -> None:
    """Draw loss and accuracy by epoch as PNG.

    Args:
        history: records of the epochs, from `loop.train`.
        path: file to write.
    """
    epochs = [record["epoch"] for record in history]
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    for panel, lines in (
        (left, (("loss", "training"), ("validation_loss", "selection faces"))),
        (
            right,
            (
                ("training_accuracy", "training"),
                ("public_accuracy", "selection faces"),
                ("public_ferplus_accuracy", "selection faces, FER+ votes"),
            ),
        ),
    ):
        for (key, label), colour in zip(lines, (GREY, BLUE, ORANGE), strict=False):
            if any(key in record for record in history):
                values = [record.get(key, np.nan) for record in history]
                panel.plot(epochs, values, color=colour, label=label)
        panel.legend(frameon=False)
    left.set(xlabel="epoch", ylabel="loss")
    right.set(xlabel="epoch", ylabel="accuracy")
    figure.savefig(path, dpi=110)


def evaluation(results: dict[str, dict], folder: Path) -> list[Path]:
    """Draw all figures of an evaluation of one or several models, and return their files.

    Args:
        results: the results of `evaluation.evaluate` by model name.
        folder: folder for NAME.html and NAME.png.
    """
    files = []
    for name, result in results.items():
        suffix = f"_{name}" if len(results) > 1 else ""
        files += _confusion(result, folder / f"confusion_matrix{suffix}")
    files += _lines(
        folder / "reliability",
        {name: _bins(result) for name, result in results.items()},
        ("confidence", "share right"),
        diagonal=True,
    )
    files += _lines(
        folder / "accuracy_by_confidence",
        {
            name: _pairs(result[result["tested_on"]]["coverage"], "answered", "accuracy")
            for name, result in results.items()
        },
        ("share of faces answered", "share right among them"),
    )
    files += _bars(
        folder / "robustness",
        {name: _damage(result["robustness"]) for name, result in results.items()},
        "share right",
    )
    return files


def _damage(robustness: dict[str, list[dict]]) -> dict[str, float]:
    return {
        f"{kind} {row['level']}": row["accuracy"]
        for kind, rows in robustness.items()
        for row in rows
    }


def _bins(result: dict) -> tuple[list[float], list[float]]:
    return _pairs(result[result["tested_on"]]["reliability"], "confidence", "accuracy")


def _pairs(rows: list[dict], x: str, y: str) -> tuple[list[float], list[float]]:
    rows = [row for row in rows if row[x] is not None and row[y] is not None]
    return [row[x] for row in rows], [row[y] for row in rows]


def _confusion(result: dict, path: Path) -> list[Path]:
    labels = result["labels"]
    counts = np.asarray(result[result["tested_on"]]["confusion_matrix"])
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=labels,
            y=labels,
            customdata=counts,
            text=[[f"{value:.0%}" for value in row] for row in shares],
            texttemplate="%{text}",
            hovertemplate="%{y} read as %{x}: %{customdata} faces (%{text})<extra></extra>",
            colorscale="Blues",
            zmin=0,
            zmax=1,
        )
    )
    figure.update_yaxes(autorange="reversed", title="true")
    figure.update_xaxes(title="answer")
    figure.update_layout(template="plotly_white", width=620, height=560)

    plot = Figure(figsize=(6, 5.4), layout="constrained")
    axes = plot.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(shares.shape):
        colour = "white" if shares[row, column] > 0.5 else "black"
        text = f"{shares[row, column]:.0%}\n{counts[row, column]}"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)
    axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right")
    axes.set_yticks(range(len(labels)), labels)
    axes.set(xlabel="answer", ylabel="true")
    return _write(figure, plot, path)


def _lines(
    path: Path,
    series: dict[str, tuple[list[float], list[float]]],
    axes: tuple[str, str],
    diagonal: bool = False,
) -> list[Path]:
    figure = go.Figure()
    plot = Figure(figsize=(5.5, 4), layout="constrained")
    panel = plot.subplots()
    if diagonal:
        figure.add_scatter(
            x=[0, 1], y=[0, 1], mode="lines", line={"color": GREY, "dash": "dot"}, name="perfect"
        )
        panel.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="perfect")
    for name, (x, y) in series.items():
        figure.add_scatter(x=x, y=y, mode="lines+markers", name=name)
        panel.plot(x, y, marker=".", label=name)
    figure.update_layout(
        template="plotly_white", xaxis_title=axes[0], yaxis_title=axes[1], width=620, height=460
    )
    panel.set(xlabel=axes[0], ylabel=axes[1])
    panel.legend(frameon=False)
    return _write(figure, plot, path)


def _bars(path: Path, groups: dict[str, dict[str, float]], axis: str) -> list[Path]:
    figure = go.Figure()
    plot = Figure(figsize=(9, 4), layout="constrained")
    panel = plot.subplots()
    width = 0.8 / max(1, len(groups))
    for i, (name, values) in enumerate(groups.items()):
        figure.add_bar(x=list(values), y=list(values.values()), name=name)
        panel.bar(np.arange(len(values)) + i * width, list(values.values()), width, label=name)
        panel.set_xticks(np.arange(len(values)), list(values), rotation=45, ha="right")
    figure.update_layout(template="plotly_white", yaxis_title=axis, width=900, height=460)
    panel.set(ylabel=axis)
    panel.legend(frameon=False)
    return _write(figure, plot, path)


def _write(figure: go.Figure, plot: Figure, path: Path) -> list[Path]:
    html, png = path.with_suffix(".html"), path.with_suffix(".png")
    figure.write_html(html, include_plotlyjs="directory")
    plot.savefig(png, dpi=110)
    return [html, png]
