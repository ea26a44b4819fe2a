"""How charts are made, in a sentence: it stands beside every chart."""

from policyengine.trend import Basis, Method, Options

STATE = (
    "Most subjects of one period's end are subjects of the next, so the limits are narrow and a "
    "signal is soon given; what fell due in each period tells more about how things are done."
)


def limits_words(options: Options) -> str:
    """Where the limits lie."""
    locked = f", from the first {options.lock_after} periods" if options.lock_after else ""
    if options.method is Method.P:
        return (
            "Limits (p-chart): the share of all periods together, and three standard errors of "
            f"each period's own number either side{locked}."
        )
    screened = (
        "moving ranges of 3.267 times their average and more are left out of it"
        if options.screened
        else "no moving range is left out of it"
    )
    return (
        "Limits (XmR chart): the mean and 2.66 average moving ranges either side"
        f"{locked}; {screened}."
    )


def basis_words(basis: Basis, every: str, *, recurring_stand: bool = False) -> str:
    """What a point counts; `recurring_stand`: duties that come again and again by their state."""
    if basis is Basis.DUE:
        others = "those without a deadline"
        if recurring_stand:
            others += ", and those that come again and again,"
        return (
            f"the duties that fell due in each {every}, as at its end ({others} as they stood then)"
        )
    return f"the state of every duty at each {every}'s end"
