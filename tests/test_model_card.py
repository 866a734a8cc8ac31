import copy
import json

import numpy as np
import pytest

from fer.charts import model_card as card_charts
from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.faces.classify import EmotionClassifier
from fer.model_card import SELECTION, VOTED, ModelCard, in_words, installed
from fer.settings import ROOT


def put(folder, **card):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "emotion.onnx").write_bytes(b"")
    (folder / "emotion.json").write_text(json.dumps(card))
    return folder / "emotion.onnx"


def test_installed_models_are_found_with_the_default_first(tmp_path):
    shipped, other = put(tmp_path, name="mood"), put(tmp_path / "mine", name="mood")
    cards = installed(other, tmp_path)
    assert [card.path for card in cards] == [other, shipped]
    assert [card.title for card in cards] == ["mood (mine/)", f"mood ({tmp_path.name}/)"]


def test_a_half_copied_model_does_not_hide_the_others(tmp_path):
    shipped = put(tmp_path, name="mood")
    put(tmp_path / "bad", name="x").with_suffix(".json").write_text("{")
    put(tmp_path / "list", name="x").with_suffix(".json").write_text("[]")
    assert [card.path for card in installed(shipped, tmp_path)] == [shipped]


def test_a_missing_card_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"emotion\.json"):
        ModelCard.read(tmp_path / "emotion.onnx")


def test_figures_that_were_not_measured_are_empty(tmp_path):
    assert ModelCard.read(put(tmp_path, name="x")).measured() is None


def figures(matrix):
    per_class = {key: [0.5] * len(matrix) for key in ("precision", "f1")}
    per_class["recall"] = [number / 10 for number in range(len(matrix))]
    shares = dict.fromkeys(("accuracy", "uar", "macro_f1", "ece", "answered_at_85"), 0.5)
    return {
        **shares,
        "faces": 7,
        "interval_95": [0.4, 0.6],
        "confusion_matrix": matrix,
        "per_class": per_class | {"faces": list(range(len(matrix)))},
        "reliability": [{"faces": 7, "confidence": 0.5, "accuracy": 0.5}],
        "coverage": [{"threshold": 0.0, "answered": 1.0, "accuracy": 0.5}],
    }


def test_figures_have_the_labels_of_whoever_measured_them(tmp_path):
    # In alphabetical order, as most networks that were trained elsewhere have them.
    labels = sorted(EMOTIONS)
    chosen = {"public": figures(np.diag([5] * 7).tolist())}
    card = ModelCard.read(put(tmp_path / "a", name="x", labels=labels, metrics=chosen))
    assert card.measured().labels == labels
    assert card.measured().name == SELECTION
    tested = chosen | {"labels": list(EMOTIONS), "private": figures(np.diag([4] * 7).tolist())}
    card = ModelCard.read(put(tmp_path / "b", name="x", labels=labels, metrics=tested))
    assert card.measured().labels == list(EMOTIONS)
    assert card.measured().name == "PrivateTest"


def test_the_reading_s_figures_come_first(tmp_path):
    by_labels = figures(np.diag([4] * 7).tolist())
    reading = {"private": figures(np.diag([6] * 7).tolist())}
    both = {"labels": list(EMOTIONS), "private": by_labels, "reading": reading}
    card = ModelCard.read(put(tmp_path / "a", name="x", labels=EMOTIONS, metrics=both))
    assert card.measured().name == VOTED
    assert card.measured().figures["confusion_matrix"][0][0] == 6
    assert card.by_labels() == by_labels
    unchecked = both | {"private": {"accuracy": "high"}}
    card = ModelCard.read(put(tmp_path / "c", name="x", labels=EMOTIONS, metrics=unchecked))
    assert card.by_labels() is None
    unvoted = both | {"reading": {"private": None, "public": None}}
    card = ModelCard.read(put(tmp_path / "b", name="x", labels=EMOTIONS, metrics=unvoted))
    assert card.measured().name == "PrivateTest"
    assert card.by_labels() is None


def test_classes_that_a_model_does_not_know_are_left_out(tmp_path):
    matrix = np.diag([3, 0, 0, 4, 5, 0, 6])
    matrix[3, 5] = 1  # no face looks surprised, but one is read as surprised
    measured = {"labels": list(EMOTIONS), "private": figures(matrix.tolist())}
    result = ModelCard.read(put(tmp_path, name="x", labels=["happy"], metrics=measured)).measured()
    assert result.labels == ["angry", "happy", "sad", "surprise", "neutral"]
    assert result.figures["per_class"]["recall"] == [0, 0.3, 0.4, 0.5, 0.6]
    assert np.array(result.figures["confusion_matrix"]).tolist() == [
        [3, 0, 0, 0, 0],
        [0, 4, 0, 1, 0],
        [0, 0, 5, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 6],
    ]


def metrics(right=0.7):
    return {
        "ece": 0.02,
        "reliability": [
            {"from": 0.0, "to": 0.5, "faces": 0, "confidence": None, "accuracy": None},
            {"from": 0.5, "to": 1.0, "faces": 10, "confidence": 0.8, "accuracy": right},
        ],
        "coverage": [
            {"threshold": 0.0, "answered": 1.0, "accuracy": right},
            {"threshold": 0.9, "answered": 0.3, "accuracy": 0.95},
            {"threshold": 0.99, "answered": 0.0, "accuracy": None},
        ],
    }


def test_confusion_matrix_shows_shares_of_the_true_class():
    counts = np.diag(np.arange(7)) + 1
    figure = card_charts.confusion_matrix(EMOTIONS, counts)
    assert np.allclose(np.sum(figure.data[0].z, axis=1), 1)
    assert len(figure.layout.annotations) == 49
    assert figure.layout.yaxis.title.text == "truly"


def test_the_legend_of_the_class_bars_has_one_colour_each():
    scores = {"precision": [0.5] * 7, "recall": [0.6] * 7, "f1": [0.55] * 7, "faces": [9] * 7}
    bars = card_charts.class_bars(EMOTIONS, scores).data
    listed = [bar for bar in bars if bar.showlegend is not False]
    assert [bar.name for bar in listed] == ["precision", "recall", "F1"]
    assert all(isinstance(bar.marker.color, str) for bar in listed)
    assert len({bar.marker.pattern.shape for bar in listed}) == 3
    drawn = [bar for bar in bars if bar.showlegend is False]
    assert [bar.offsetgroup for bar in drawn] == [bar.offsetgroup for bar in listed]
    assert [bar.y[0] for bar in drawn] == [0.5, 0.6, 0.55]
    # White hatching would leave the legend empty on a white page.
    assert all(bar.marker.pattern.fgcolor is None for bar in bars)


def test_a_class_without_faces_does_not_divide_by_zero():
    figure = card_charts.confusion_matrix(["a", "b"], [[0, 0], [1, 3]])
    assert np.isfinite(np.array(figure.data[0].z)).all()


def test_empty_bins_are_left_out_of_the_reliability_diagram():
    figure = card_charts.reliability_diagram({"one": metrics(), "two": metrics(0.6)})
    _, one, two = figure.data
    assert list(one.x) == [0.8]
    assert "2.0%" in one.name
    assert one.line.dash != two.line.dash


def test_coverage_marks_the_limit_in_use():
    figure = card_charts.coverage_curve({"one": metrics()}, {"one": 0.88})
    curve, mark = figure.data
    assert list(curve.x) == [1.0, 0.3]
    assert list(mark.x) == [0.3]


def test_training_curves_have_both_axes():
    figure = card_charts.training_curves([{"epoch": 1, "loss": 2.0, "public_accuracy": 0.3}])
    assert [trace.yaxis for trace in figure.data] == [None, "y2"]


SHIPPED = ROOT / "models" / "emotion.onnx"
ODD = (None, "x", "", -1, 7, 0, True, [], {}, [None], float("inf"), float("nan"), 10**400, "GONE")


def places(value, path=()):
    """All places in a card where a value can be replaced; only the first two items of lists."""
    yield path
    if isinstance(value, dict):
        items = value.items()
    else:
        items = enumerate(value[:2]) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def altered(card, path, odd):
    card = copy.deepcopy(card)
    holder = card
    for key in path[:-1]:
        holder = holder[key]
    if odd == "GONE":
        del holder[path[-1]]
    else:
        holder[path[-1]] = odd
    return card


def small_card():
    """The shipped card with short lists and without what no page shows, so that tests are fast."""
    card = json.loads(SHIPPED.with_suffix(".json").read_text("utf-8"))
    shown = ("name", "labels", "private", "public", "reading", "robustness")
    card["metrics"] = metrics = {key: card["metrics"][key] for key in shown}
    for figures in (metrics["private"], metrics["public"], *metrics["reading"].values()):
        figures["reliability"] = [row for row in figures["reliability"] if row["faces"]][:2]
        figures["coverage"] = figures["coverage"][:2]
    card["training"]["curves"] = card["training"]["curves"][:2]
    return card


def draw_all(card, altered):
    """Compute everything that the model page shows of a card, and draw the charts of one part."""
    charts = altered == "metrics"
    card.title.encode()
    if measured := card.measured():
        assert measured.same_faces(measured)
    if measured and charts:
        card_charts.confusion_matrix(measured.labels, measured.figures["confusion_matrix"])
        card_charts.class_bars(measured.labels, measured.figures["per_class"])
        limit = card.data.get("abstain_below")
        card_charts.reliability_diagram({"x": measured.figures})
        card_charts.coverage_curve({"x": measured.figures}, {"x": limit} if limit else {})
        for key in ("accuracy", "uar", "macro_f1", "ece"):
            f"{measured.figures[key]:.1%}"
        for key in ("answered_at_90", "neutral_read_negative_by_votes"):
            f"{measured.figures.get(key) or 0:.1%}"
        "{:.1%} {:.1%}".format(*measured.figures["interval_95"])
        f"{measured.figures['faces']:,}"
    if usual := card.by_labels():
        "{:.1%} {:.1%}".format(*usual["interval_95"])
        f"{usual['accuracy']:.1%}"
    f"{card.data.get('answered_right') or 0:.0%}"
    metrics, training = card.data.get("metrics") or {}, card.data.get("training") or {}
    if charts and metrics.get("robustness"):
        card_charts.robustness_curves(metrics["robustness"])
    if altered == "training" and training.get("curves"):
        card_charts.training_curves(training["curves"])
    for name, value in (card.data.get("data") or {}).items():
        name.replace("_", " ")
        in_words(value)
    size = card.data.get("size") or {}
    f"{(size.get('parameters') or 0) / 1e6:.2f} {size.get('mmacs') or 0:.0f}"


def test_an_altered_card_is_shown_or_refused_and_nothing_else(tmp_path):
    whole = small_card()
    shown = refused = 0
    for number, path in enumerate(places(whole)):
        # Each place gets one or two of the values, and its neighbours get the next ones.
        shifts = (0, 5) if len(path) < 3 else (0,)
        for odd in [ODD[(number + shift) % len(ODD)] for shift in shifts] if path else ():
            file = put(tmp_path, **altered(whole, path, odd))
            try:
                card = ModelCard.read(file)
            except ModelError:
                refused += 1
                continue
            shown += 1
            try:
                draw_all(card, path[0])
            except Exception as error:
                pytest.fail(f"{path} = {odd!r}: {error!r}")
    assert shown > 100
    assert refused > 100


@pytest.mark.parametrize(
    ("path", "odd"),
    [
        (("labels",), [1, 2, 3, 4, 5, 6, 7]),
        (("preprocessing",), []),
        (("preprocessing", "width"), float("inf")),
        (("preprocessing", "normalization"), "standardize"),
        (("preprocessing", "normalization"), {"kind": "standardize", "epsilon": "x"}),
        (("temperature",), [1]),
        (("abstain_below",), {"a": 1}),
        (("heads",), 3),
        (("format",), []),
    ],
)
def test_the_classifier_refuses_such_a_card_by_name(path, odd):
    whole = json.loads(SHIPPED.with_suffix(".json").read_text("utf-8"))
    with pytest.raises(ModelError, match="mood"):
        EmotionClassifier(SHIPPED, altered(whole, path, odd))
