"""The networks that can be trained, by name, and what each takes; Keras is not needed for this."""

from __future__ import annotations

from dataclasses import dataclass

from fer.training.pixels import STANDARDIZE, UNCHANGED, ZERO_TO_ONE


@dataclass(frozen=True)
class Input:
    """What a network takes, in the words of the model card.

    Attributes:
        size: height and width, in pixels.
        color: "grey", "rgb" or "bgr".
        normalization: how pixels 0..255 are prepared.
        compact: whether the app runs the network in 8 bit, and spends the time that this saves on
            reading faces a second time, mirrored, unless the first reading is sure.
    """

    size: int
    color: str
    normalization: dict
    compact: bool = False

    def card(self) -> dict:
        """The card's `preprocessing`."""
        return {
            "color": self.color,
            "width": self.size,
            "height": self.size,
            "layout": "NHWC",
            "normalization": dict(self.normalization),
        }


APPLICATIONS = ("VGG16", "ResNet50", "Xception", "InceptionV3", "MobileNetV2", "MobileNet")
"""The networks from keras.applications."""

CAFFE = ("VGG16", "ResNet50")

INPUTS: dict[str, Input] = {
    "mood": Input(48, "grey", STANDARDIZE, compact=True),
    "baseline": Input(48, "grey", ZERO_TO_ONE),
    **{name: Input(224, "bgr" if name in CAFFE else "rgb", UNCHANGED) for name in APPLICATIONS},
}
"""The input of each network, by its name."""


def spelled(name: str) -> str:
    """The name of a network in its usual spelling, from any: "Resnet50" becomes "ResNet50".

    Unknown names stay as they are.
    """
    return next((usual for usual in INPUTS if usual.lower() == name.lower()), name)
