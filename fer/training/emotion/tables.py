"""The figures of an evaluation as text."""

from __future__ import annotations

import csv
from pathlib import Path


def figures(results: dict[str, dict]) -> str:
    """Format the flat figures of several models side by side, and those by class, as text."""
    single = next(iter(results.values()))
    keys = [key for key, value in single.items() if isinstance(value, (int, float))]
    widths = [max(12, len(name) + 2) for name in results]
    lines = [" " * 32 + "".join(f"{n:>{w}}" for n, w in zip(results, widths, strict=True))]
    for key in keys:
        values = [result[key] for result in results.values()]
        cells = [
            "-" if v is None else f"{v:,}" if isinstance(v, int) else f"{v:.4f}" for v in values
        ]
        row = "".join(f"{c:>{w}}" for c, w in zip(cells, widths, strict=True))
        lines.append(f"{key:<32}{row}")
    for name, result in results.items():
        lines += ["", *_by_class(name, result)]
    return "\n".join(lines)


def _by_class(name: str, result: dict) -> list[str]:
    """Lines with precision, recall and F1 of each class, and their means."""
    summary = result[result["tested_on"]]
    columns = ("precision", "recall", "f1")
    head = "".join(f"{column:>12}" for column in (*columns, "faces"))
    lines = [f"{name} by class".ljust(32) + head]
    rates = summary["per_class"]
    for i, label in enumerate(result["labels"]):
        cells = "".join(f"{rates[column][i]:>12.4f}" for column in columns)
        lines.append(f"{label:<32}{cells}{rates['faces'][i]:>12,}")
    means = (summary[key] for key in ("macro_precision", "uar", "macro_f1"))
    lines.append("mean".ljust(32) + "".join(f"{mean:>12.4f}" for mean in means))
    return lines


def write_confusion(result: dict, folder: Path, suffix: str) -> None:
    """Write the confusion matrix as confusion_matrixSUFFIX.csv and .txt."""
    labels, matrix = result["labels"], result[result["tested_on"]]["confusion_matrix"]
    with open(folder / f"confusion_matrix{suffix}.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["true \\ answer", *labels])
        writer.writerows([name, *row] for name, row in zip(labels, matrix, strict=True))
    head = " " * 10 + "".join(f"{name:>10}" for name in labels)
    rows = [
        f"{name:<10}" + "".join(f"{count:>10}" for count in row)
        for name, row in zip(labels, matrix, strict=True)
    ]
    title = f"Faces of the part {result['tested_on']}; row: true, column: answer"
    text = "\n".join([title, head, *rows]) + "\n"
    (folder / f"confusion_matrix{suffix}.txt").write_text(text, encoding="utf-8")
