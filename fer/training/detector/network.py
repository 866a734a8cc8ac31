"""The network that finds faces, and its loss.

Like YuNet, which teaches it, the network has no anchors: every place of the feature maps at strides
8, 16 and 32 gives a score for a face there, the face's box and five landmarks.
"""

from __future__ import annotations

import keras
from keras import layers, ops

from fer.training.detector.answers import FACE_FROM

VALUES = 15
"""The number of values for each place: the score (a logit here, a probability in the ONNX file);
the centre (x, y) of the box relative to the place, in strides; its size (w, h) as natural
logarithms of strides; and five landmarks (x, y) relative to the place, in strides."""

LANDMARK_UNITS = (1, 4, 5)
"""The number of separable units that only the landmarks use, at strides 8, 16 and 32. At stride 8
each unit takes 0.25 ms; with one unit the landmarks there differ from YuNet's hardly more than
YuNet's differ between a picture and the picture moved by half a stride."""

FEWEST = 4.0
"""The smallest sum of scores that the loss of a scene is divided by. Without it, scenes with few
faces would weigh more than others."""


def detector(size: int | None = None, *, logits: bool = True) -> keras.Model:
    """Build a small fully convolutional network on B, G, R pixels 0..255.

    It has plain convolutions where maps are large and channels few, and separable ones after
    that. A top-down path brings context to the finer maps (Lin et al. 2017, "Feature Pyramid
    Networks").

    Args:
        size: height and width of the frame, a multiple of 32; None takes any size.
        logits: whether scores are logits, as training needs them, or probabilities.

    Returns:
        A model that takes frames (N, H, W, 3) and gives float32 (N, places, `VALUES`). The places
        of stride 8 come first, row by row.
    """
    inputs = keras.Input((size, size, 3), name="frame")
    x = layers.Rescaling(1 / 128)(inputs)
    x = _conv(x, 16, stride=2)
    x = _conv(x, 32, stride=2)
    x = _conv(x, 32)
    x = _conv(x, 64, stride=2)
    fine = _separables(x, 64, 2)
    middle = _separables(layers.MaxPooling2D(2)(fine), 96, 4)
    coarse = _separables(layers.MaxPooling2D(2)(middle), 96, 5)

    coarse = _pointwise(coarse, 64)
    middle = layers.Add()([_pointwise(middle, 64), layers.UpSampling2D(2)(coarse)])
    middle = _separable(middle, 64)
    fine = layers.Add()([_pointwise(fine, 64), layers.UpSampling2D(2)(middle)])
    answers = [
        _head(level, units, logits)
        for level, units in zip((fine, middle, coarse), LANDMARK_UNITS, strict=True)
    ]
    return keras.Model(
        inputs, layers.Concatenate(axis=1, dtype="float32")(answers), name="detector"
    )


@keras.saving.register_keras_serializable("fer")
class DetectionLoss(keras.losses.Loss):
    """The difference between the answers and those of a teacher.

    All scenes have the same weight. Otherwise a scene with a hundred small faces would outweigh
    the one large face that fills another scene.

    The loss of the scores is the cross entropy with the teacher's score (Hinton et al. 2015,
    "Distilling the Knowledge in a Neural Network"). The loss of boxes and landmarks is the absolute
    difference as a share of the face's size, weighted by the teacher's score. With a further weight
    of 1 they learned too slowly, because most of the cross entropy comes from scores between 0 and
    1, and no network can remove that part.
    """

    def __init__(self, box: float = 6.0, landmarks: float = 150.0, name: str = "detection"):
        super().__init__(name=name, dtype="float32")
        self.box, self.landmarks = box, landmarks

    def call(self, y_true, y_pred):
        score, sure = y_true[..., 0], y_pred[..., 0]
        # This form of the cross entropy from logits never overflows.
        scores = ops.maximum(sure, 0) - sure * score + ops.log1p(ops.exp(-ops.abs(sure)))

        weight = ops.where(score > FACE_FROM, score, 0.0)
        size = ops.exp(y_true[..., 3:5])
        centre = ops.abs(y_pred[..., 1:3] - y_true[..., 1:3]) / size
        shape = ops.abs(y_pred[..., 3:5] - y_true[..., 3:5])
        boxes = weight * (ops.sum(centre, -1) + 0.5 * ops.sum(shape, -1))
        width = ops.sqrt(size[..., :1] * size[..., 1:])
        points = weight * ops.sum(ops.abs(y_pred[..., 5:] - y_true[..., 5:]) / width, -1) / 5
        total = ops.sum(scores + self.box * boxes + self.landmarks * points, -1)
        return ops.mean(total / ops.maximum(ops.sum(weight, -1), FEWEST))

    def get_config(self) -> dict:
        return {"box": self.box, "landmarks": self.landmarks, "name": self.name}


def deployable(model: keras.Model) -> keras.Model:
    """Copy a network in float32, for frames of any size, with probabilities as scores."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    copy = detector(logits=False)
    copy.set_weights(model.get_weights())
    keras.config.set_dtype_policy(policy)
    return copy


def _conv(x, width: int, stride: int = 1):
    padding = "same"
    if stride > 1:  # padded explicitly, since "same" padding depends on the input's size here
        x, padding = layers.ZeroPadding2D(1)(x), "valid"
    x = layers.Conv2D(
        width,
        3,
        strides=stride,
        padding=padding,
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)
    return layers.ReLU()(_norm(x))


def _pointwise(x, width: int):
    return layers.Conv2D(width, 1, kernel_initializer="he_normal")(x)


def _separable(x, width: int):
    """YuNet's unit, made residual: a pointwise and a depthwise convolution, and one batch norm."""
    y = _pointwise(x, width)
    y = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(y)
    y = _norm(y)
    if x.shape[-1] == width:
        y = layers.Add()([x, y])
    return layers.ReLU()(y)


def _separables(x, width: int, count: int):
    for _ in range(count):
        x = _separable(x, width)
    return x


def _norm(x):
    return layers.BatchNormalization(momentum=0.95, epsilon=1e-4)(x)


def _head(x, units: int, logits: bool):
    x = _separable(x, 64)
    # Few places have a face. A network that begins with low scores learns from the first step.
    scores = layers.Conv2D(
        1,
        1,
        activation=None if logits else "sigmoid",
        bias_initializer=keras.initializers.Constant(-4.0),
        dtype="float32",
    )(x)
    boxes = layers.Conv2D(4, 1, dtype="float32")(x)
    # Eyes and mouth need further layers; the place of the face does not.
    closer = _separables(x, 64, units)
    landmarks = layers.Conv2D(VALUES - 5, 1, dtype="float32")(closer)
    answer = layers.Concatenate(dtype="float32")([scores, boxes, landmarks])
    return layers.Reshape((-1, VALUES), dtype="float32")(answer)
