"""The reasons why a student may not join a class, in sentences for students."""

from __future__ import annotations

from fer.errors import ClassroomError


class WrongCode(ClassroomError):
    """No class has this code."""

    def __init__(self) -> None:
        super().__init__("No class has this code. Compare it with the code on the screen.")


class ClassOver(ClassroomError):
    """The class has ended."""

    def __init__(self) -> None:
        super().__init__("This class is over. Ask your instructor for the code of the next one.")


class ClassFull(ClassroomError):
    """The class has as many students as it can take, or as many who send pictures."""

    def __init__(self, of_cameras: bool = False) -> None:
        """Args:
        of_cameras: whether there is room for a student who sends no pictures.
        """
        super().__init__(
            "The server cannot read another camera in this class. Join without a camera."
            if of_cameras
            else "This class is full. Tell your instructor, who can open another class."
        )


class NotAdmitted(ClassroomError):
    """The ticket belongs to another class, was given back, or has expired."""

    def __init__(self) -> None:
        super().__init__("You are not in this class any more. Join again with its code.")
