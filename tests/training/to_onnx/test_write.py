"""Networks written layer by layer give in onnxruntime what they give in Keras."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

import fer.training  # noqa: F401 - chooses Keras's backend, so it comes before Keras

keras = pytest.importorskip("keras", reason="training needs requirements-train.txt")

from keras import layers, ops

from fer.network import open_network
from fer.training.emotion import networks
from fer.training.emotion.inputs import INPUTS
from fer.training.to_onnx.graph import UnknownLayerError
from fer.training.to_onnx.write import write

pytestmark = pytest.mark.usefixtures("eager")


def randomised(model: keras.Model) -> keras.Model:
    """The model with weights that all differ, small enough that nothing overflows."""
    rng = np.random.default_rng(0)
    for weight in model.weights:
        if "float" not in str(weight.dtype):
            continue
        vector = len(weight.shape) < 2
        spread = (0.5, 1.5) if vector else np.float32([-1, 1]) * (3 / weight.shape[-2]) ** 0.5
        weight.assign(rng.uniform(*spread, weight.shape))
    return model


def assert_same(model: keras.Model, path, atol: float = 1e-4) -> None:
    write(model, path)
    inputs = np.random.default_rng(1).uniform(-1, 1, (3, *model.input_shape[1:]))
    inputs = inputs.astype(np.float32)
    expected = model.predict_on_batch(inputs)
    expected = expected if isinstance(expected, dict) else {"": expected}
    session = open_network(path)
    answers = session.run(None, {session.get_inputs()[0].name: inputs})
    for answer, exact in zip(answers, expected.values(), strict=True):
        assert np.ptp(exact) > 1e-3
        np.testing.assert_allclose(answer, exact, atol=atol * max(1, np.abs(exact).max()))


LAYERS = {
    "valid convolution": lambda: layers.Conv2D(4, 3, strides=2, use_bias=False),
    "same padding, even kernel": lambda: layers.Conv2D(4, 4, padding="same"),
    "same padding, stride": lambda: layers.Conv2D(4, 3, strides=2, padding="same"),
    "same padding, stride 3": lambda: layers.Conv2D(4, 5, strides=3, padding="same"),
    "dilation": lambda: layers.Conv2D(4, 3, dilation_rate=2, padding="same"),
    "groups": lambda: layers.Conv2D(6, 3, groups=3),
    "depthwise": lambda: layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same"),
    "separable": lambda: layers.SeparableConv2D(5, 3, padding="same", activation="relu"),
    "max pooling": lambda: layers.MaxPooling2D(3, 2, padding="same"),
    "average pooling": lambda: layers.AveragePooling2D(3, 2, padding="same"),
    "padding and cropping": lambda: keras.Sequential(
        [layers.ZeroPadding2D(((1, 2), (0, 3))), layers.Cropping2D(((0, 1), (2, 0)))]
    ),
    "upsampling": lambda: layers.UpSampling2D(2),
    "bilinear upsampling": lambda: layers.UpSampling2D(2, interpolation="bilinear"),
    "batch norm": lambda: layers.BatchNormalization(),
    "batch norm without scale": lambda: layers.BatchNormalization(scale=False, center=False),
    "layer norm": lambda: layers.LayerNormalization(),
    "rescaling": lambda: layers.Rescaling(2.0, offset=-1.0),
    "rescaling by channel": lambda: layers.Rescaling([1.0, 2.0, 3.0], offset=[0.1, 0.2, 0.3]),
    "normalization": lambda: layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 4.0]),
    "dense on maps": lambda: layers.Dense(4, activation="tanh"),
    "PReLU": lambda: layers.PReLU(shared_axes=[1, 2]),
    "PReLU by place": lambda: layers.PReLU(),
    "ReLU6": lambda: layers.ReLU(max_value=6.0),
    "ReLU with slope": lambda: layers.ReLU(max_value=0.3, negative_slope=0.1),
    "leaky ReLU": lambda: layers.LeakyReLU(),
    "ELU": lambda: layers.ELU(0.7),
    "softmax of maps": lambda: layers.Softmax(),
    "reshape": lambda: keras.Sequential([layers.Reshape((36, 12)), layers.Permute((2, 1))]),
    "random layers": lambda: keras.Sequential([layers.RandomFlip(), layers.RandomRotation(0.2)]),
    "noise and dropout": lambda: keras.Sequential(
        [layers.GaussianNoise(1.0), layers.Dropout(0.5), layers.SpatialDropout2D(0.5)]
    ),
    "average over maps": lambda: layers.GlobalAveragePooling2D(keepdims=True),
    "convolution over time": lambda: keras.Sequential(
        [
            layers.Reshape((12, 36)),
            layers.Conv1D(5, 3, strides=2, padding="same", activation="relu"),
            layers.MaxPooling1D(2),
        ]
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(tmp_path, name):
    inputs = keras.Input((12, 12, 3))
    x = LAYERS[name]()(inputs)
    model = keras.Model(inputs, layers.Dense(7)(layers.Flatten()(x)))
    assert_same(randomised(model), tmp_path / "a.onnx")


ACTIVATIONS = [
    "elu",
    "exponential",
    "gelu",
    "hard_sigmoid",
    "hard_silu",
    "leaky_relu",
    "linear",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(tmp_path, name):
    model = keras.Sequential([keras.Input((5,)), layers.Dense(7), layers.Activation(name)])
    assert_same(randomised(model), tmp_path / "a.onnx")


def test_functions_beside_layers(tmp_path):
    inputs = keras.Input((12, 9))
    even = inputs[:, 1:-1] * 2 - inputs[:, 2:]
    weights = layers.Softmax(axis=1)(layers.Conv1D(1, 1)(even))
    mean = ops.sum(weights * even, axis=1)
    deviation = ops.sqrt(ops.maximum(ops.mean(ops.square(even - mean[:, None]), axis=1), 1e-3))
    loud = ops.sum(ops.cast(even > 0.1, "float32"), axis=(1, 2))[:, None]
    turned = ops.transpose(ops.clip(even, -0.5, 0.5), (0, 2, 1))
    power = ops.sum(ops.reshape(ops.matmul(turned, np.eye(10, dtype=np.float32)), (-1, 9, 2, 5)), 3)
    joined = ops.concatenate([mean, deviation, ops.reshape(power, (-1, 18)), loud], axis=1)
    answers = {"b": ops.log(1 + ops.abs(joined)), "a": layers.Dense(1)(joined)}
    assert_same(randomised(keras.Model(inputs, answers)), tmp_path / "a.onnx")


def test_squeeze_and_excitation_and_shared_layers(tmp_path):
    """Layers that are called twice, merges, and maps that are scaled by channel."""
    inputs = keras.Input((12, 12, 3))
    shared = layers.Conv2D(4, 3, padding="same", activation="relu")
    x = layers.Concatenate()([shared(inputs), shared(layers.Rescaling(0.5)(inputs))])
    gate = layers.Reshape((1, 1, 8))(layers.GlobalAveragePooling2D()(x))
    x = layers.Multiply()([x, layers.Conv2D(8, 1, activation="sigmoid")(gate)])
    x = layers.Average()([x, layers.Maximum()([x, layers.BatchNormalization()(x)])])
    x = layers.Subtract()([x, layers.Conv2D(8, 1)(x)]) + 0.5
    x = layers.Dense(7)(layers.GlobalMaxPooling2D()(x))
    assert_same(randomised(keras.Model(inputs, x)), tmp_path / "a.onnx")


def test_nested_networks(tmp_path):
    inner = keras.Sequential([keras.Input((12, 12, 3)), layers.Conv2D(4, 3), layers.ReLU()])
    a = b = keras.Input((10, 10, 4))
    b = layers.BatchNormalization()(layers.DepthwiseConv2D(3)(b))
    outer = keras.Sequential([keras.Input((12, 12, 3)), inner, keras.Model(a, b)])
    outer.add(layers.GlobalAveragePooling2D())
    outer.add(layers.Dense(7, activation="softmax"))
    assert_same(randomised(outer), tmp_path / "a.onnx")


MILLIONS = {
    "mood": 1.1,
    "baseline": 4.3,
    "VGG16": 14.7,
    "ResNet50": 23.6,
    "Xception": 20.9,
    "InceptionV3": 21.8,
    "MobileNetV2": 2.3,
    "MobileNet": 3.2,
}


@pytest.mark.parametrize("name", INPUTS)
def test_every_network_that_can_be_trained(tmp_path, name):
    keras.utils.set_random_seed(0)
    model = networks.build(name, 8, 8 if name == "mood" else 0)
    assert model.count_params() / 1e6 == pytest.approx(MILLIONS[name], abs=0.1)
    assert model.input_shape[1:3] in ((INPUTS[name].size,) * 2, (None, None))
    assert model.output["emotion"].shape == (None, 8)
    assert networks.gives_logits(model) == (name == "mood")
    for layer in model.layers:  # so that nothing is lost in a softmax that is sure
        if layer.name in ("emotion", "votes"):
            layer.set_weights([weight * 0.1 for weight in layer.get_weights()])
    path = tmp_path / "a.onnx"
    write(model, path)
    size = INPUTS[name].size
    shape = (1, size, size, model.input_shape[-1])  # the layers above are tried on three
    inputs = np.random.default_rng(1).integers(0, 256, shape).astype(np.float32)
    session = open_network(path)
    answers = session.run(["emotion"], {session.get_inputs()[0].name: inputs})[0]
    exact = model.predict_on_batch(inputs)["emotion"]
    np.testing.assert_allclose(answers, exact, atol=1e-3 * max(1, np.abs(exact).max()))


def test_batch_norms_and_padding_go_into_convolutions(tmp_path):
    write(networks.mood(size=48, widths=(4, 6, 8)), tmp_path / "a.onnx")
    kinds = {node.op_type for node in onnx.load(str(tmp_path / "a.onnx")).graph.node}
    assert not kinds & {"BatchNormalization", "Pad", "Mul"}
    assert {"Conv", "Gemm"} <= kinds


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: layers.Conv2DTranspose(3, 2, name="up"), r"'up' \(Conv2DTranspose\)"),
        (lambda: layers.Conv2D(3, 2, data_format="channels_first", name="c"), r"'c' \(Conv2D\)"),
        (lambda: layers.Activation("celu"), "the activation celu"),
    ],
)
def test_what_cannot_be_written_is_named(tmp_path, make, said):
    model = keras.Sequential([keras.Input((12, 12, 3)), layers.Identity()])
    model.add(make())
    with pytest.raises(UnknownLayerError, match=said):
        write(model, tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())
