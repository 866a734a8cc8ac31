"""The networks: ours, the classical baseline, six of keras.applications.

Keras 3 only; no backend is named.
"""

from __future__ import annotations

import keras
from keras import layers

APPLICATIONS = ("VGG16", "ResNet50", "Xception", "InceptionV3", "MobileNetV2", "MobileNet")
NETWORKS = ("mood", "baseline", *APPLICATIONS)


def mood(
    classes: int = 7,
    votes: int = 8,
    size: int | None = None,
    widths=(48, 112, 224),
    blocks=(1, 2, 1),
    dropout: float = 0.3,
) -> keras.Model:
    """Our residual network on grey faces with two heads.

    A 5×5 stem at stride 2, because few channels at full resolution cost much
    time and give little; then residual stages at 24, 12 and 6 pixels.

    size: input height and width; None accepts any (training starts with small
    faces).  Outputs, float32 logits: "emotion" (N, classes) and, if votes > 0,
    "votes" (N, votes): the FER+ vote distribution.
    """
    x = inputs = keras.Input((size, size, 1), name="face")
    x = _conv(x, widths[0], kernel=5, stride=2)
    for stage, (width, count) in enumerate(zip(widths, blocks, strict=True)):
        if stage:
            x = layers.MaxPooling2D(2)(x)
        for _ in range(count):
            x = _residual(x, width)
    x = layers.GlobalAveragePooling2D(dtype="float32")(x)
    if dropout:
        x = layers.Dropout(dropout, dtype="float32")(x)
    outputs = {"emotion": layers.Dense(classes, dtype="float32", name="emotion")(x)}
    if votes:
        outputs["votes"] = layers.Dense(votes, dtype="float32", name="votes")(x)
    return keras.Model(inputs, outputs, name="mood")


def _conv(x, width: int, kernel: int = 3, stride: int = 1, activate: bool = True):
    x = layers.Conv2D(
        width,
        kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)
    x = layers.BatchNormalization(momentum=0.95, epsilon=1e-5)(x)
    return layers.ReLU()(x) if activate else x


def _residual(x, width: int):
    skip = x
    if x.shape[-1] != width:
        skip = layers.Conv2D(width, 1, use_bias=False, kernel_initializer="he_normal")(x)
    x = _conv(x, width)
    x = _conv(x, width, activate=False)
    return layers.ReLU()(layers.Add()([x, skip]))


def multiply_accumulates(model: keras.Model, shape: tuple[int, int, int]) -> float:
    """Multiply-accumulates of one forward pass on ``shape`` (h, w, c), in millions.

    Counts convolutions and dense layers; all else is below one percent.
    """
    total = 0
    probe = keras.Model(model.inputs, [layer.output for layer in model.layers if _weighs(layer)])
    outputs = probe.compute_output_shape((1, *shape))
    outputs = outputs if isinstance(outputs, list) else [outputs]
    for layer, out in zip(filter(_weighs, model.layers), outputs, strict=True):
        places = 1
        for extent in out[1:-1]:
            places *= extent
        kernel = layer.kernel if hasattr(layer, "kernel") else layer.depthwise_kernel
        total += places * int(kernel.size if hasattr(kernel, "size") else _size(kernel))
    return total / 1e6


def _size(variable) -> int:
    size = 1
    for extent in variable.shape:
        size *= extent
    return size


def _weighs(layer) -> bool:
    return isinstance(layer, (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense))
