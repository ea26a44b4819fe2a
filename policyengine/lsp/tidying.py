"""When the memory of the process is tidied: while nobody types, and never under a keystroke.

Looking for what can be freed takes longer the more rules there are; what is there from the start
stays, and is not looked through again.
"""

import gc


def begin() -> None:
    """From here on, tidying is asked for."""
    gc.disable()


def keep() -> None:
    """What is there now stays."""
    gc.collect()
    gc.freeze()


def tidy() -> None:
    """Free what was made since, and is not used."""
    gc.collect()
