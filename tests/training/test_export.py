"""From a Keras network to the file that the app runs: folding, heads, rounding, drafts."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

keras = pytest.importorskip("keras", reason="training needs requirements-train.txt")

from fer.training import export
from fer.training.draft import drafted
from fer.training.emotion import networks
from fer.training.emotion import size as network_size
from fer.training.emotion.votes import VOTE_OF_EMOTION


def test_a_draft_is_on_the_disk_that_it_is_for(tmp_path):
    there, new = tmp_path / "there", tmp_path / "new"
    there.mkdir()
    for folder, place in ((there, there), (new, tmp_path)):
        with drafted(folder) as draft:
            assert draft.parent.parent == place
            (draft / "card").write_text("whole")
        assert [file.name for file in folder.iterdir()] == ["card"]


def test_folded_network_gives_the_same(model):
    faces = np.random.default_rng(1).normal(size=(3, 48, 48, 1)).astype(np.float32)
    before = model.predict_on_batch(faces)
    network = export.deployable(model, 48)
    after = network.predict_on_batch(faces)
    np.testing.assert_allclose(before["emotion"], after[0], atol=1e-5)
    np.testing.assert_allclose(before["votes"], after[1], atol=1e-5)
    assert not any(isinstance(x, keras.layers.BatchNormalization) for x in network.layers)


def test_the_reading_is_a_head_of_its_own(model):
    faces = np.random.default_rng(1).normal(size=(3, 48, 48, 1)).astype(np.float32)
    before = model.predict_on_batch(faces)
    heads = export.deployable(model, 48, vote_share=0.3).predict_on_batch(faces)
    reading, emotion, votes = heads
    expected = 0.7 * before["emotion"] + 0.3 * before["votes"][:, list(VOTE_OF_EMOTION)]
    np.testing.assert_allclose(reading, expected, atol=1e-5)
    np.testing.assert_allclose(emotion, before["emotion"], atol=1e-5)
    np.testing.assert_allclose(votes, before["votes"], atol=1e-5)


def test_baseline_folds_too():
    model = networks.baseline()
    faces = np.random.default_rng(1).uniform(size=(2, 48, 48, 1)).astype(np.float32)
    network = export.deployable(model, 48)
    answer = network.predict_on_batch(faces)
    answer = answer[0] if isinstance(answer, list) else answer
    np.testing.assert_allclose(model.predict_on_batch(faces)["emotion"], answer, atol=1e-5)


def test_a_norm_folds_into_a_depthwise_convolution():
    rng = np.random.default_rng(2)
    depthwise = keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False)
    model = keras.Sequential([keras.Input((8, 8, 4)), depthwise, keras.layers.BatchNormalization()])
    norm = model.layers[-1]
    norm.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in norm.get_weights()])
    maps = rng.normal(size=(1, 8, 8, 4)).astype(np.float32)
    before = model.predict_on_batch(maps)
    plain = keras.layers.DepthwiseConv2D(3, padding="same")
    plain.build(maps.shape)
    assert export.norms(model) == {depthwise.name: norm}
    plain.set_weights(export.folded(depthwise, norm))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(plain(maps)), before, atol=1e-5)


def test_size_of_a_float_network_is_read_from_its_file(model, tmp_path):
    network = export.deployable(model, 48)
    export.write_onnx(network, tmp_path / "float.onnx")
    size = network_size.size_figures(tmp_path / "float.onnx", {})
    # Some backends fold a constant or two of a tiny network.
    assert size["parameters"] == pytest.approx(network.count_params(), rel=0.01)
    assert size["mmacs"] == pytest.approx(networks.multiply_accumulates(network, (48, 48, 1)))


def test_kernels_are_rounded_to_8_bit(released):
    weights = onnx.load(str(released)).graph.initializer
    assert all(w.data_type != onnx.TensorProto.FLOAT for w in weights if len(w.dims) == 4)
    assert sum(w.data_type == onnx.TensorProto.INT8 for w in weights if len(w.dims) == 4) >= 4
