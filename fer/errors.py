"""The errors that this package raises for bad input from outside."""


class SettingsError(ValueError):
    """A setting cannot be used. The message names it and says what it must hold."""


class RecordingError(Exception):
    """A recording cannot be analysed. The message says what is wrong and what to do."""


class CutOffError(RecordingError):
    """The end of a recording is missing. All that is there was handed out before this error."""


class ModelError(Exception):
    """A model file or its card cannot be used. The message names the file and the reason."""


class Cancelled(Exception):
    """An analysis was ended early: raise this in a progress callback. It reaches the caller."""


class ClassroomError(Exception):
    """Somebody cannot be let into a class. The message says why and what to do."""


class StoreError(Exception):
    """The database cannot be used right now. The message says why and what to do."""


class StoreFault(StoreError):
    """The database answers, but cannot do what it was asked, and waiting does not help.

    It may be damaged, or no database at all. The message says why.
    """
